"""What messages become: activities, leads, opportunities, tickets; and what joins open work."""

import logging
from collections import defaultdict
from datetime import timedelta

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.connector_base.compat import users_of

from .hootsuite_profile import NETWORKS

_logger = logging.getLogger(__name__)

TARGETS = ("crm.lead", "res.partner", "helpdesk.ticket", "hootsuite.message")
MEDIUM = "Social Media"
NAME_AT_MOST = 80


class HootsuiteTarget(models.AbstractModel):
    _name = "hootsuite.target"
    _description = "What Hootsuite Messages become"

    # -- looking ------------------------------------------------------------------------------------

    @api.model
    def _record(self, model, res_id):
        """Return the target, empty when it is gone or its app is not installed; None without one."""
        if not model or not res_id or model not in self.env:
            return None
        return self.env[model].browse(res_id).exists()

    @api.model
    def _name_of(self, model, res_id):
        """Return the target's name as far as the reader may see it."""
        record = self._record(model, res_id)
        if not record:
            return False
        if not record.has_access("read"):
            return self.env._("(not visible to you)")
        return record.display_name

    @api.model
    def _open(self, model, res_id):
        record = self._record(model, res_id)
        if not record:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "message": self.env._("Nothing was made of it, or it was deleted since."),
                },
            }
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "views": [[False, "form"]],
        }

    @api.model
    def _open_of_threads(self, threads):
        """Return dict thread id -> (model, id) of the work that is still open."""
        by_model = defaultdict(dict)
        for thread in threads:
            if thread.target_model in self.env and thread.target_id:
                by_model[thread.target_model].setdefault(thread.target_id, []).append(thread)
        found = {}
        # sudo: routing is the account's work; nothing of activity or target is shown.
        activities = threads.sudo().activity_id.exists()
        for model, rows in by_model.items():
            for record in self.env[model].sudo().browse(rows).exists():
                for thread in rows[record.id]:
                    if self._is_open(record, thread, activities):
                        found[thread.id] = (model, record.id)
        return found

    @api.model
    def _is_open(self, record, thread, activities):
        if "active" in record._fields and not record.active:
            return False
        if record._name == "crm.lead":
            return not record.stage_id.is_won
        if record._name == "helpdesk.ticket":
            return self.env["hootsuite.ticket"]._is_open(record)
        activity = thread.sudo().activity_id  # sudo: as above
        # Done activities are deleted (18.0) or archived (19.0).
        return activity in activities and getattr(activity, "active", True)

    # -- carrying out -------------------------------------------------------------------------------

    @api.model
    def _carry_out(self, integration, jobs):
        """Make what the jobs ask for, each kind together; fills their targets.

        :param jobs: list of :class:`hootsuite_routing_engine.Job`
        """
        working = [job for job in jobs if job.action not in ("keep", "ignore") and not job.follows]
        self.env["hootsuite.handle"].union(*(job.handle for job in working))._make_partners()
        self._reuse_open(integration, working)
        by_action = defaultdict(list)
        for job in working:
            if not job.target and not job.follows:
                by_action[job.action].append(job)
        backend = self.env["hootsuite.ticket"]._backend()
        if by_action["ticket"] and backend:
            self._make_tickets(integration, by_action["ticket"])
        for job in by_action["ticket"]:
            if not job.target:
                if not backend:
                    job.remark = self.env._("No helpdesk is installed, so it became an activity.")
                job.action = "activity"
                by_action["activity"].append(job)
        self._make_leads(integration, by_action["lead"] + by_action["opportunity"])
        self._make_activities(integration, by_action["activity"])
        for job in jobs:
            if job.follows:
                job.target = (
                    job.follows if isinstance(job.follows, tuple) else self._root(job).target
                )
        self._remember_targets(working)
        self._add_notes(jobs)

    @api.model
    def _root(self, job):
        while not isinstance(job.follows, tuple) and job.follows is not None:
            job = job.follows
        return job

    @api.model
    def _reuse_open(self, integration, jobs):
        """Messages of a contact with an open lead or opportunity are added to it."""
        wanted = [
            job
            for job in jobs
            if job.action in ("lead", "opportunity", "activity")
            and job.handle.partner_id
            and (job.action == "activity" or job.rule.reuse_open)
        ]
        if not wanted:
            return
        partners = self.env["res.partner"].union(*(job.handle.partner_id for job in wanted))
        # sudo: routing is the account's work; the rule of a manager decides where it goes.
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("stage_id.is_won", "=", False),
                    ("company_id", "in", [False, integration.company_id.id]),
                ],
                order="type DESC, id DESC",  # opportunities before leads, the newest first
            )
        )
        open_by_partner = {}
        for lead in leads:
            open_by_partner.setdefault(lead.partner_id, lead)
        first = {}
        for job in wanted:
            lead = open_by_partner.get(job.handle.partner_id)
            if lead:
                job.target = ("crm.lead", lead.id)
                job.remark = job.remark or self.env._(
                    "The contact has open work, so it was added there."
                )
                self._plan_activity(job)
            elif job.action != "activity":
                # Another conversation of the same person in this very batch.
                earlier = first.setdefault(job.handle.partner_id, job)
                if earlier is not job:
                    job.follows = earlier
                    job.remark = self.env._("The contact has open work, so it was added there.")

    @api.model
    def _plan_activity(self, job):
        job.activity = True

    @api.model
    def _title(self, job):
        text = " ".join((job.values["text"] or "").split())
        if len(text) > NAME_AT_MOST:
            text = text[: NAME_AT_MOST - 1] + "…"
        network = dict(NETWORKS)[job.values["network"]]
        return f"{network}: {text}" if text else network

    @api.model
    def _describe(self, job):
        why = self.env["hootsuite.router"]._reason_text(job)
        author = job.values["author_name"] or self.env._("Somebody")
        link = job.values["permalink"]
        return Markup(
            "<p><b>{author}</b> ({network})</p><blockquote>{text}</blockquote>{link}"
            '<p><a href="{talk}">{see}</a></p><p><i>{label} {why}</i></p>'
        ).format(
            talk=f"/odoo/action-hootsuite_connector.hootsuite_thread_action/{job.thread.id}",
            see=self.env._("The conversation in Odoo"),
            author=author,
            network=dict(NETWORKS)[job.values["network"]],
            text=job.values["text"] or "",
            link=Markup('<p><a href="{url}">{url}</a></p>').format(url=link) if link else "",
            label=self.env._("Why it is here:"),
            why=why,
        )

    @api.model
    def _utm(self, network):
        """Return the campaign values of a network: where leads and tickets come from."""
        utm = self.env["utm.mixin"]
        source = utm._find_or_create_record("utm.source", dict(NETWORKS)[network])
        medium = utm._find_or_create_record("utm.medium", MEDIUM)
        return {"source_id": source.id, "medium_id": medium.id}

    @api.model
    def _prepare_utm(self):
        """Make the sources when the addon is installed, so that no two workers make them at once."""
        for network, _label in NETWORKS:
            self._utm(network)

    @api.model
    def _sales_team(self, job, integration):
        team = job.rule.team_id or job.thread.profile_id.team_ids.sales_team_id[:1]
        if team and team.company_id and team.company_id != integration.company_id:
            return self.env["crm.team"]
        return team

    @api.model
    def _make_leads(self, integration, jobs):
        if not jobs:
            return
        # sudo: routing is the account's work, the rule of a manager decides.
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(
                tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
            )
        )
        utm = {network: self._utm(network) for network in {job.values["network"] for job in jobs}}
        values = []
        for job in jobs:
            partner, rule = job.handle.partner_id, job.rule
            vals = {
                "name": self._title(job),
                "type": job.action,
                "partner_id": partner.id,
                "contact_name": job.values["author_name"] or partner.name,
                "description": self._describe(job),
                "priority": job.values["priority"],
                "user_id": rule.user_id.id,
                "company_id": integration.company_id.id,
                "hootsuite_reason": self.env["hootsuite.router"]._reason_text(job),
                "tag_ids": [(6, 0, rule.tag_ids.ids)],
                **utm[job.values["network"]],
            }
            team = self._sales_team(job, integration)
            if team:
                vals["team_id"] = team.id
            values.append(vals)
        for job, lead in zip(jobs, leads.create(values), strict=True):
            job.target = ("crm.lead", lead.id)

    @api.model
    def _make_tickets(self, integration, jobs):
        rows = []
        utm = {network: self._utm(network) for network in {job.values["network"] for job in jobs}}
        for job in jobs:
            rows.append(
                {
                    "name": self._title(job),
                    "description": self._describe(job),
                    "partner": job.handle.partner_id,
                    "email": job.handle.email or job.handle.partner_id.email,
                    "phone": job.handle.phone or job.handle.partner_id.phone,
                    "author": job.values["author_name"],
                    "priority": job.values["priority"],
                    "rule": job.rule,
                    "utm": utm[job.values["network"]],
                }
            )
        try:
            with self.env.cr.savepoint():
                tickets = self.env["hootsuite.ticket"]._create(integration, rows)
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # concerns the transaction: the whole batch is applied again
        except Exception as exc:  # noqa: BLE001 (another addon's code; the message must not be lost)
            if len(jobs) > 1:
                middle = len(jobs) // 2
                self._make_tickets(integration, jobs[:middle])
                self._make_tickets(integration, jobs[middle:])
                return
            _logger.warning("A ticket could not be created: %s", type(exc).__name__)
            jobs[0].remark = self.env._(
                "The helpdesk refused the ticket (%(error)s), so it became an activity.",
                error=type(exc).__name__,
            )
            return
        for job, ticket in zip(jobs, tickets, strict=True):
            job.target = ("helpdesk.ticket", ticket.id)

    # -- activities ---------------------------------------------------------------------------------

    @api.model
    def _responsible(self, job, integration):
        """Return who gets an activity: never nobody."""
        candidates = [
            job.rule.user_id,
            job.thread.user_id,
            job.handle.partner_id.user_id,
            self._agent_user(job, integration),
            self._sales_team(job, integration).user_id,
        ]
        for user in candidates:
            if user and user.active and integration.company_id in user.company_ids:
                return user
        managers = self._managers().filtered(
            lambda user: integration.company_id in user.company_ids
        )
        return managers[:1] or self.env.user

    @api.model
    def _agent_user(self, job, integration):
        email = job.thread.agent_email
        if not email:
            return self.env["res.users"]
        return (
            self.env["hootsuite.member"]
            .search([("integration_id", "=", integration.id), ("email", "=ilike", email)], limit=1)
            .user_id
        )

    @api.model
    def _managers(self):
        group = self.env.ref("hootsuite_connector.group_hootsuite_manager")
        return users_of(group).filtered(lambda user: not user.share).sorted("id")

    @api.model
    def _make_activities(self, integration, jobs):
        """Activities on the contact, or on an opportunity for what already goes there."""
        for job in jobs:
            if not job.handle.partner_id:
                # Nobody is known to hang it on; the message itself is in the inbox.
                job.action = "keep"
                job.remark = self.env._("It is not told who wrote it, so it stays in the inbox.")
                continue
            job.target = ("res.partner", job.handle.partner_id.id)
            self._plan_activity(job)

    @api.model
    def _remember_targets(self, jobs):
        """Create planned activities and let the conversations know their work."""
        planned = [job for job in jobs if job.activity and job.target]
        if planned:
            integration = planned[0].thread.integration_id
            default = self.env.ref("mail.mail_activity_data_todo")
            values = []
            responsible = {}
            for job in planned:
                rule = job.rule
                key = (rule, job.thread.user_id, job.handle.partner_id, job.thread.agent_email)
                if key not in responsible:
                    responsible[key] = self._responsible(job, integration)
                values.append(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(job.target[0]),
                        "res_id": job.target[1],
                        "activity_type_id": (rule.activity_type_id or default).id,
                        "summary": self._title(job),
                        "note": self._describe(job),
                        "date_deadline": fields.Date.context_today(self)
                        + timedelta(days=0 if job.values["urgent"] else rule.deadline_days),
                        "user_id": responsible[key].id,
                    }
                )
            for job, activity in zip(planned, self._create_activities(values), strict=True):
                job.activity = activity
        for job in jobs:
            if job.follows:
                job.target = self._root(job).target
            if not job.target:
                continue
            changes = {"target_model": job.target[0], "target_id": job.target[1]}
            if isinstance(job.activity, models.BaseModel):
                changes["activity_id"] = job.activity.id
            job.thread.write(changes)

    @api.model
    def _create_activities(self, values):
        """Create activities; return them in the order of ``values``."""
        # sudo: as for leads. Quick: one e-mail per activity would drown people in a burst; the bell in
        # Odoo counts them all the same.
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        made = {}
        waiting = list(enumerate(values))
        while waiting:
            # One per record at a time: mail makes the user a follower of each record given, and of a
            # record given twice it would make him one twice, which the database refuses.
            now, later, seen = [], [], set()
            for position, vals in waiting:
                key = (vals["res_model_id"], vals["res_id"])
                (later if key in seen else now).append((position, vals))
                seen.add(key)
            created = activities.create([vals for _position, vals in now])
            made.update(zip((position for position, _vals in now), created, strict=True))
            waiting = later
        return [made[position] for position in range(len(values))]

    @api.model
    def _add_notes(self, jobs):
        """Tell open work what was added to it: one chatter note per record and batch."""
        rows = defaultdict(list)
        for job in jobs:
            added = job.follows or (job.target and job.target[0] in ("crm.lead",) and job.activity)
            if added and job.target or job.target and job.target[0] == "res.partner":
                rows[job.target].append(job)
        by_model = defaultdict(dict)
        for (model, res_id), added in rows.items():
            by_model[model][res_id] = added
        for model, bodies in by_model.items():
            # sudo: as for leads.
            records = self.env[model].sudo().browse(bodies).exists()
            notes = records._message_log_batch(
                {
                    record.id: Markup().join(self._note_line(job) for job in bodies[record.id])
                    for record in records
                }
            )
            by_record = {note.res_id: note for note in notes}
            for record in records:
                for job in bodies[record.id]:
                    job.values["note_ref"] = by_record[record.id].id
                self._raise_priority(record, bodies[record.id])

    @api.model
    def _note_line(self, job):
        return Markup("<p><b>{author}</b> ({network}): {text}</p>").format(
            author=job.values["author_name"] or self.env._("Somebody"),
            network=dict(NETWORKS)[job.values["network"]],
            text=job.values["text"] or "",
        )

    @api.model
    def _raise_priority(self, record, jobs):
        """More urgent words make open work more urgent, never less."""
        if "priority" not in record._fields:
            return
        highest = max(job.values["priority"] for job in jobs)
        if highest > (record.priority or "0"):
            record.with_context(tracking_disable=True).priority = highest
