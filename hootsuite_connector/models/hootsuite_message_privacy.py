"""Retention, export and erasure of what is known of a person, in every copy."""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import cron_progress

from .message_marks import Mark, absorbing, erased

BATCH = 500
ERASED = '{"erased": true}'
LEAST_TERM = 5
"""Shorter texts would hit others' data by chance."""


class HootsuiteMessage(models.Model):
    _inherit = "hootsuite.message"

    @api.model
    def _cron_retention(self):
        """Scheduled action: delete what is older than the account keeps it, one batch per call."""
        done, remaining = 0, 0
        for integration in self.env["hootsuite.integration"].search([("keep_days", ">", 0)]):
            limit = fields.Datetime.now() - timedelta(days=integration.keep_days)
            domain = [("integration_id", "=", integration.id), ("last_at", "<", limit)]
            threads = self.env["hootsuite.thread"].search(domain, limit=BATCH, order="last_at")
            if not threads:
                continue
            handles = threads.handle_id
            count = len(threads)
            threads.unlink()
            handles.filtered(lambda handle: not handle.thread_ids).with_context(
                hootsuite_absorbed=Mark.ABSORBED
            ).unlink()
            self.env["connector.proof"]._add(
                integration,
                "retention",
                self.env._("Older than %(days)s days.", days=integration.keep_days),
                fields.Datetime.now(),
                {"hootsuite.thread": count},
            )
            done += count
            remaining += self.env["hootsuite.thread"].search_count(domain, limit=1)
        cron_progress(self.env, done, remaining)

    def unlink(self):
        """Erase every copy: files, notes in the chatter, what the connector keeps of the event."""
        if not erased(self.env):
            self._erase_copies()
        self.file_ids.unlink()
        return super().unlink()

    def _erase_copies(self):
        """Blank payloads, log lines and notes that hold these messages."""
        # sudo: erasing is complete or worthless; whoever may delete the message may erase its copies.
        self = self.sudo()
        notes = {message.note_ref for message in self if message.note_ref}
        self.env["mail.message"].browse(notes).exists().unlink()
        for integration in self.integration_id:
            mine = self.filtered(lambda message, i=integration: message.integration_id == i)
            terms = {message.external_id.partition(":")[2] for message in mine}
            self.env["hootsuite.eraser"]._blank_events(
                integration, terms, set(mine.mapped("thread_key"))
            )


class HootsuiteThread(models.Model):
    _inherit = "hootsuite.thread"

    def _erase(self):
        """Delete what was said in conversations, in every copy."""
        # sudo: as for messages.
        self = self.sudo()
        for integration in self.integration_id:
            mine = self.filtered(lambda thread, i=integration: thread.integration_id == i)
            self.env["hootsuite.eraser"]._blank_events(
                integration, set(), set(mine.mapped("thread_key"))
            )
        messages = self.message_ids
        notes = {message.note_ref for message in messages if message.note_ref}
        self.env["mail.message"].browse(notes).exists().unlink()
        self.env["hootsuite.eraser"]._blank_targets(messages)
        messages.with_context(hootsuite_erased=Mark.ERASED).unlink()

    def unlink(self):
        """Erase every copy."""
        self.check_access("unlink")
        self._erase()
        return super().unlink()


class HootsuiteHandle(models.Model):
    _inherit = "hootsuite.handle"

    def unlink(self):
        """Erase the person with all that was said: Odoo's Privacy Lookup deletes by this method."""
        if absorbing(self.env):
            return super().unlink()
        self.check_access("unlink")
        self._erase_person()
        return True

    def _terms(self):
        """Return the texts by which the person is found in payloads and logs."""
        terms = set()
        for handle in self:
            terms.update(key.partition("|")[2].split(":", 1)[-1] for key in handle.keys or [])
            terms.update(filter(None, (handle.email, handle.handle, handle.phone)))
        return {term.lstrip("@") for term in terms if len(term.lstrip("@")) >= LEAST_TERM}

    def _erase_person(self):
        """Delete handles, conversations, files, notes, payloads and log lines of these people.

        :return: dict model -> number of records erased
        """
        # sudo: erasing is complete or worthless; the caller checked who may ask for it.
        self = self.sudo()
        eraser = self.env["hootsuite.eraser"]
        terms = self._terms()
        asked_at = fields.Datetime.now()
        threads = self.env["hootsuite.thread"].search([("handle_id", "in", self.ids)])
        counts = {
            "hootsuite.handle": len(self),
            "hootsuite.thread": len(threads),
            "hootsuite.message": len(threads.message_ids),
            "ir.attachment": len(threads.message_ids.file_ids.attachment_id),
        }
        integrations = (
            self.env["hootsuite.integration"]
            .with_context(active_test=False)
            .search([("company_id", "in", self.company_id.ids)])
        )
        activities = threads.activity_id
        threads.unlink()
        activities.exists().unlink()
        counts["connector.event"] = counts["connector.api.log"] = 0
        for integration in integrations:
            counts["connector.event"] += eraser._blank_events(integration, terms, set())
            counts["connector.api.log"] += eraser._blank_logs(integration, terms)
        issues = self.env["connector.data.issue"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        issues.unlink()
        companies = self.company_id
        self.with_context(hootsuite_absorbed=Mark.ABSORBED).unlink()
        for company in companies:
            account = integrations.filtered(lambda i, company=company: i.company_id == company)[:1]
            self.env["connector.proof"]._add(
                account,
                "erasure",
                self.env._("A person asked to be forgotten."),
                asked_at,
                {name: count for name, count in counts.items() if count},
                self.env._("Leads and tickets, without name, address and words of the person."),
            )
        return counts

    def _export_person(self):
        """Return what is known of these people as data that can be given to them (JSON)."""
        # sudo: the caller checked who may ask; what is exported is complete or wrong.
        handles = self.sudo()
        return {
            "handles": [
                {
                    "network": handle.network,
                    "handle": handle.handle,
                    "name": handle.name,
                    "email": handle.email,
                    "phone": handle.phone,
                    "page": handle.profile_url,
                    "picture": handle.picture_url,
                    "contact": handle.partner_id.id or None,
                    "conversations": [thread._export() for thread in handle.thread_ids],
                }
                for handle in handles
            ]
        }


class HootsuiteThreadExport(models.Model):
    _inherit = "hootsuite.thread"

    def _export(self):
        self.ensure_one()
        return {
            "network": self.network,
            "began": fields.Datetime.to_string(self.started_at) if self.started_at else None,
            "status": self.state,
            "topics": self.topics or None,
            "notes": [note.get("text") for note in (self.notes or {}).values()],
            "messages": [
                {
                    "from": "us" if message.direction == "out" else "you",
                    "written": fields.Datetime.to_string(message.sent_at or message.at),
                    "kind": message.kind,
                    "text": message.text,
                    "language": message.language or None,
                    "sentiment": message.sentiment,
                    "place": ", ".join(
                        filter(
                            None,
                            (message.place_name, message.street, message.zip, message.city),
                        )
                    )
                    or None,
                    "attachments": message.file_ids.mapped("name"),
                    "became": message.target_model or None,
                    "why": message.route_reason or None,
                }
                for message in self.message_ids.sorted(lambda m: m._place_in_thread())
            ],
        }


class HootsuiteEraser(models.AbstractModel):
    """Blanks copies that other models hold of what a person said."""

    _name = "hootsuite.eraser"
    _description = "Erases Copies of Social Messages"

    @api.model
    def _blank_events(self, integration, terms, thread_keys):
        """Blank payload, error and note of inbox events; the rows stay, so repeats are known.

        :param terms: texts of which one occurs in the payload
        :param thread_keys: conversations whose events are meant altogether
        :return: number of events
        """
        conditions = []
        if thread_keys and not terms:
            conditions.append(SQL("subject_key IN %s", tuple(thread_keys)))
        if terms:
            like = SQL("payload ILIKE ANY(%s)", [_like(term) for term in terms])
            if thread_keys:
                like = SQL("(subject_key IN %s AND %s)", tuple(thread_keys), like)
            conditions.append(like)
        if not conditions:
            return 0
        self.env["connector.event"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE connector_event SET payload = %s, error = NULL, note = NULL"
                " WHERE integration_model = %s AND integration_id = %s AND payload <> %s AND (%s)"
                " RETURNING id",
                ERASED,
                integration._name,
                integration.id,
                ERASED,
                SQL(" OR ").join(conditions),
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["connector.event"].browse(ids).invalidate_recordset()
        # Nothing can be made of them any more.
        self.env.cr.execute(
            SQL(
                "UPDATE connector_event SET state = 'ignored' WHERE id IN %s"
                " AND state IN ('received', 'retry', 'dead', 'quarantined')",
                tuple(ids or [0]),
            )
        )
        self.env["connector.data.issue"].search([("event_id", "in", ids)]).unlink()
        return len(ids)

    @api.model
    def _blank_logs(self, integration, terms):
        if not terms:
            return 0
        likes = [_like(term) for term in terms]
        self.env["connector.api.log"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE connector_api_log SET request = NULL, response = NULL, path = NULL"
                " WHERE integration_model = %(model)s AND integration_id = %(id)s AND"
                " (request ILIKE ANY(%(likes)s) OR response ILIKE ANY(%(likes)s)"
                " OR path ILIKE ANY(%(likes)s)) RETURNING id",
                model=integration._name,
                id=integration.id,
                likes=likes,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["connector.api.log"].browse(ids).invalidate_recordset()
        return len(ids)

    @api.model
    def _blank_targets(self, messages):
        """Take a person's words and name out of leads, tickets and activities made of messages."""
        targets = {}
        for message in messages:
            if message.state == "routed" and message.target_model in self.env:
                targets.setdefault(message.target_model, set()).add(message.target_id)
        blank = self.env._("Erased on request")
        for model, ids in targets.items():
            if model == "res.partner":
                continue
            # sudo: erasing is complete or worthless.
            records = self.env[model].sudo().browse(ids).exists()
            values = {"name": blank, "description": blank}
            for name in (
                "contact_name", "email_from", "phone", "partner_name", "partner_email",
                "partner_phone", "hootsuite_reason",
            ):  # fmt: skip
                if name in records._fields:
                    values[name] = False
            for record in records.with_context(tracking_disable=True):
                record.write(values)


def _like(term):
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def as_json(data):
    """Return an export as text, readable for people and programs."""
    return json.dumps(data, indent=2, ensure_ascii=False)
