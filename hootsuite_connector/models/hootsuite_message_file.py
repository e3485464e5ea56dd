import logging
import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.connector_base.compat import Constraint
from odoo.addons.connector_base.cursors import own_cursor

from ..tools import fetch

_logger = logging.getLogger(__name__)

BATCH = 20
TRIES = 5
NAME_AT_MOST = 80


class HootsuiteMessageFile(models.Model):
    """A file that belongs to a message: named at once, fetched in the background."""

    _name = "hootsuite.message.file"
    _description = "Hootsuite Attachment"
    _order = "message_id, id"

    message_id = fields.Many2one(
        "hootsuite.message", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(related="message_id.company_id", store=True)
    url = fields.Char("Address", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    mimetype = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "In Odoo"),
            ("refused", "Not fetched"),
            ("failed", "Could not be fetched"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char("Why not", readonly=True)
    tries = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "File", readonly=True, ondelete="set null")

    _url_unique = Constraint("UNIQUE (message_id, url)", "The message has this file already.")

    @api.model
    def _add(self, integration, messages, files):
        """Note the files of messages and let a job fetch them.

        :param messages: dict external id -> message
        :param files: dict external id -> set of :class:`adapters.conversation.Attachment`
        """
        ids = {messages[key].id: rows for key, rows in files.items()}
        known = {
            (row.message_id.id, row.url) for row in self.search([("message_id", "in", list(ids))])
        }
        values = [
            {
                "message_id": message_id,
                "url": file.url,
                "name": _safe_name(file.name or unquote(urlsplit(file.url).path.split("/")[-1])),
                "mimetype": file.mimetype,
                "state": "waiting" if integration.download_files else "refused",
                "reason": False
                if integration.download_files
                else self.env._("The account does not download attachments."),
            }
            for message_id, rows in ids.items()
            for file in sorted(rows, key=lambda file: file.url)
            if (message_id, file.url) not in known
        ]
        made = self.create(values)
        if made and integration.download_files:
            self._enqueue(integration)
        return made

    @api.model
    def _enqueue(self, integration, eta=None):
        self.with_delay(
            channel="root.connector.sync",
            identity_key=f"hootsuite.message.file:{integration.id}" + (":later" if eta else ""),
            eta=eta,
            description="Hootsuite: fetch attachments",
        )._fetch_job(integration.id)

    @api.model
    def _fetch_job(self, integration_id):
        """Job: fetch waiting files, each in a transaction of its own."""
        now = fields.Datetime.now()
        domain = [
            ("message_id.integration_id", "=", integration_id),
            ("state", "=", "waiting"),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", now),
        ]
        ids = self.search(domain, limit=BATCH, order="id").ids
        for file_id in ids:
            with own_cursor(self.env, read_committed=False) as cr:
                mine = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(file_id).exists()
                if mine and mine.state == "waiting":
                    mine._fetch()
        self.env.invalidate_all()
        integration = self.env["hootsuite.integration"].browse(integration_id)
        if self.search_count(domain, limit=1):
            self._enqueue(integration, eta=now + timedelta(seconds=1))
        elif self.search_count([*domain[:2], ("next_try_at", ">", now)], limit=1):
            self._enqueue(integration, eta=now + timedelta(minutes=5))
        return f"{len(ids)} file(s)"

    @api.model
    def _cron_fetch(self):
        """Scheduled action: fetch what waits where no job runner does it."""
        late = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        waiting = self.search([("state", "=", "waiting"), ("create_date", "<", late)], limit=BATCH)
        for integration in waiting.message_id.integration_id:
            self._fetch_job(integration.id)

    def _fetch(self):
        """Fetch one file; what cannot be fetched says why."""
        self.ensure_one()
        integration = self.message_id.integration_id
        trusted = frozenset()
        if integration.environment == "sandbox" and integration.sandbox_url:
            trusted = frozenset([urlsplit(integration.sandbox_url).netloc])
        limit = max(integration.file_limit, 1) * 1024 * 1024
        try:
            found = fetch.fetch(self.url, limit, trusted_hosts=trusted)
        except fetch.Refused as exc:
            self.write({"state": "refused", "reason": str(exc)})
            return
        except fetch.Unreachable as exc:
            tries = self.tries + 1
            self.write(
                {
                    "tries": tries,
                    "reason": str(exc),
                    "state": "failed" if tries >= TRIES else "waiting",
                    "next_try_at": fields.Datetime.now() + timedelta(minutes=5 * tries),
                }
            )
            return
        attachment = self.env["ir.attachment"].create(
            {
                # Unique per record: a file store with folders refuses the same name twice.
                "name": f"{self.id}-{self.name}",
                "raw": found.content,
                "mimetype": found.mimetype,
                "res_model": "hootsuite.message",
                "res_id": self.message_id.id,
            }
        )
        self.write(
            {
                "state": "done",
                "reason": False,
                "attachment_id": attachment.id,
                "mimetype": found.mimetype,
            }
        )

    def _line(self):
        """Return the file as a line of the conversation."""
        self.ensure_one()
        if self.attachment_id:
            return Markup(
                '<div><i class="fa fa-paperclip" role="img" aria-label="{label}" title="{label}">'
                '</i> <a href="/web/content/{id}?download=true">{name}</a></div>'
            ).format(label=self.env._("Attachment"), id=self.attachment_id.id, name=self.name)
        states = dict(self._fields["state"]._description_selection(self.env))
        return Markup('<div class="text-muted">{name} – {state} {reason}</div>').format(
            name=self.name, state=states[self.state], reason=self.reason or ""
        )

    def action_retry(self):
        """Try again to fetch the files."""
        self.write({"state": "waiting", "tries": 0, "next_try_at": False, "reason": False})
        for integration in self.message_id.integration_id:
            self._enqueue(integration)

    def unlink(self):
        """The file goes with its row."""
        # sudo: whoever may delete the message deletes its files.
        self.sudo().attachment_id.unlink()
        return super().unlink()


def _safe_name(name):
    """A file name without path, control or odd characters, never empty."""
    plain = re.sub(r"[^\w.\- ]+", "_", name or "", flags=re.UNICODE).strip(" .")
    return plain[-NAME_AT_MOST:] or "file"
