"""Deletion of an account's data after the app was removed in Zoom (vendor page "Deauthorization").

Page by page and resumable, like all long work. What is deleted follows from the models: everything of
this addon that belongs to the account, unless `KEPT` says otherwise, so that a model that is added later
is not forgotten. At the end stands a proof without personal data.
"""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, plaintext2html

from ..models.zoom_meeting_calendar import SYNC_CONTEXT

PAGE = 200
# What the customer wrote himself, not Zoom's data.
KEPT = {
    "zoom.integration": "the customer's settings",
    "zoom.user.rule": "the customer's rules",
    "zoom.recording.rule": "the customer's rules",
}
# Some of it is the customer's own: only this part is deleted.
PARTS = {"zoom.meeting.template": [("vendor_key", "!=", False)]}
# Deleted by a step of its own, `_wipe_contacts`.
ELSEWHERE = {"zoom.contact"}
# References to a contact that do not mean that the company uses it.
NO_USE = ("zoom.", "mail.followers", "res.partner", "res.users.settings")
# Legal hold: recordings on hold stay, and what they hang on.
HELD = {
    "zoom.meeting.instance": [("recording_ids", "=", False)],
    "zoom.meeting": [("instance_ids", "=", False)],
}
# Deleted in this order after everything else, because the rest hangs on them.
LAST = ("zoom.meeting.instance", "zoom.meeting", "zoom.user")
STEPS = (
    "_wipe_calendar",
    "_wipe_recordings",
    "_wipe_contacts",
    "_wipe_models",
    "_wipe_held",
    "_wipe_inbox",
    "_wipe_logs",
    "_wipe_files",
    "_wipe_proof",
)


class ZoomWipe(models.AbstractModel):
    """Deletes what Odoo has from Zoom of one account."""

    _name = "zoom.wipe"
    _inherit = "zoom.sync"
    _description = "Zoom Deletion"
    _kind = "Deletion"
    _stream = "wipe"
    _of_archived = True

    @api.model
    def _first_position(self, integration):
        return {
            "step": 0,
            "last": 0,
            "counts": {},
            "asked_at": fields.Datetime.to_string(
                integration.deauthorized_at or fields.Datetime.now()
            ),
        }

    @api.model
    def _steps(self, run):
        while run.position["step"] < len(STEPS):
            run.check_time()
            getattr(self, STEPS[run.position["step"]])(run)
            self._page(
                run, lambda env, mine: None, step=run.position["step"] + 1, last=0, model=None
            )

    @api.model
    def _done(self, run):
        """The proof says it."""

    @api.model
    def _counted(self, run, name, count):
        counts = dict(run.position["counts"])
        counts[name] = counts.get(name, 0) + count
        self._page(run, lambda env, mine: None, counts=counts)

    # -- the calendar --------------------------------------------------------------------------

    @api.model
    def _wipe_calendar(self, run):
        """Events stay where they are, without anything that came from Zoom."""

        def work(env, mine):
            # What waits to be sent must not be: the meetings are no business of ours any more.
            env["zoom.push"].search([("integration_id", "=", mine.id)]).unlink()
            events = (
                env["calendar.event"]
                .with_context(active_test=False, **SYNC_CONTEXT)
                .search(
                    [("zoom_meeting_id.integration_id", "=", mine.id)],
                    order="id",
                    limit=PAGE,
                )
            )
            for event in events:
                event.write(self._event_without_zoom(event))
            return len(events)

        while count := self._page(run, work):
            self._counted(run, "calendar events freed of Zoom's data", count)
            run.check_time()

    @api.model
    def _event_without_zoom(self, event):
        meeting = event.zoom_meeting_id
        vals = {"zoom_meeting_id": False, "zoom_key": False, "zoom_requested": False}
        if event.videocall_location and event.videocall_location == meeting.join_url:
            vals["videocall_location"] = False
        if meeting.push_origin == "odoo":
            return vals
        # Made in Zoom: topic, agenda and guests are Zoom's, unless somebody changed them in Odoo.
        target = meeting.calendar_target or {}
        shared = target.get("shared") or {}
        if event.name == shared.get("name"):
            vals["name"] = self.env._("Zoom meeting")
        if event.description and event.description == plaintext2html(
            shared.get("description") or ""
        ):
            vals["description"] = False
        guests = set(target.get("partners") or []) - set(event.user_id.partner_id.ids)
        if guests:
            vals["partner_ids"] = [fields.Command.unlink(guest) for guest in sorted(guests)]
        return vals

    # -- recordings and records ----------------------------------------------------------------

    @api.model
    def _wipe_recordings(self, run):
        """Recordings with their files, except those on legal hold."""
        while True:

            def work(env, mine):
                files = env["zoom.recording"].search(
                    [("integration_id", "=", mine.id), ("id", ">", run.position["last"])],
                    order="id",
                    limit=PAGE,
                )
                last = files[-1:].id
                held = files._wipe()
                return last, len(files) - len(held)

            last, count = self._page(run, work)
            if not last:
                return
            self._counted(run, "zoom.recording", count)
            self._page(run, lambda env, mine, last=last: None, last=last)
            run.check_time()

    @api.model
    def _wipe_contacts(self, run):
        """Contacts that were made of people in Zoom, unless the company has used them since.

        A contact that a person edited, or that anything else in Odoo refers to, has become the
        company's own; only the note that it came from Zoom goes.
        """

        def work(env, mine):
            rows = env["zoom.contact"].search(
                [("id", ">", run.position["last"])], order="id", limit=PAGE
            )
            people = env["zoom.participant"].with_context(active_test=False)
            of_account = [("integration_id", "=", mine.id)]
            partners = rows.partner_id
            mentioned = people.search([*of_account, ("partner_id", "in", partners.ids)]).partner_id
            elsewhere = people.search(
                [("integration_id", "!=", mine.id), ("partner_id", "in", partners.ids)]
            ).partner_id
            registrants = env["zoom.registrant"].with_context(active_test=False)
            mentioned |= registrants.search(
                [*of_account, ("partner_id", "in", partners.ids)]
            ).partner_id
            own = mentioned - elsewhere
            unused = self._unused_contacts(own)
            last = rows[-1:].id
            rows.filtered(lambda row: row.partner_id in own).unlink()
            unused.unlink()
            return last, len(unused)

        while True:
            last, count = self._page(run, work)
            if not last:
                return
            self._counted(run, "res.partner", count)
            self._page(run, lambda env, mine, last=last: None, last=last)
            run.check_time()

    @api.model
    def _unused_contacts(self, partners):
        """Return those contacts that no person edited and nothing of the company refers to."""
        everybody = partners.with_context(active_test=False)
        unused = partners & everybody.filtered(
            lambda contact: (
                contact.write_uid.id == SUPERUSER_ID and not (contact.user_ids or contact.child_ids)
            )
        )
        if not unused:
            return unused
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto or name.startswith(NO_USE):
                continue
            for field in model._fields.values():
                if field.type != "many2one" or field.comodel_name != "res.partner":
                    continue
                if not (field.store and field.column_type) or field.related:
                    continue
                partners.env[name].flush_model([field.name])
                used = partners.env.execute_query(
                    SQL(
                        "SELECT DISTINCT %s FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(field.name),
                        SQL.identifier(model._table),
                        SQL.identifier(field.name),
                        unused.ids,
                    )
                )
                unused -= unused.browse([row[0] for row in used])
                if not unused:
                    return unused
        return unused

    @api.model
    def _account_models(self):
        """Return {model: path to the account} of all stored models of this addon."""
        found = {}

        def path_of(name, seen=()):
            model = self.env[name]
            if "integration_id" in model._fields:
                return "integration_id"
            for field in model._fields.values():
                target = getattr(field, "comodel_name", None) or ""
                inner = field.type == "many2one" and target.startswith("zoom.")
                if inner and target not in (*seen, name):
                    path = path_of(target, (*seen, name))
                    if path:
                        return f"{field.name}.{path}"
            return None

        for name, model in self.env.registry.items():
            if name.startswith("zoom.") and not model._abstract and not model._transient:
                found[name] = path_of(name)
        return found

    @api.model
    def _wiped_models(self):
        """Return [(model, path)] of what is deleted, those first that others do not hang on."""
        paths = self._account_models()
        names = [name for name in sorted(paths) if name not in (*KEPT, *ELSEWHERE, *LAST)]
        return [(name, paths[name]) for name in (*names, *LAST) if paths.get(name)]

    @api.model
    def _wipe_models(self, run):
        for name, path in self._wiped_models():
            domain = [
                (path, "=", run.integration.id),
                *PARTS.get(name, []),
                *HELD.get(name, []),
            ]
            if name == "zoom.recording" or "recording_id" in path.split("."):
                # What is left of them is on legal hold.
                continue

            def work(env, mine, name=name, domain=domain):
                Model = env[name].with_context(active_test=False, **SYNC_CONTEXT)
                records = Model.search(domain, limit=PAGE)
                records.unlink()
                return len(records)

            while count := self._page(run, work):
                self._counted(run, name, count)
                run.check_time()
        # What people typed into dialogs: gone within the hour anyway.
        self._page(run, lambda env, mine: self._wipe_dialogs(env))

    @api.model
    def _wipe_dialogs(self, env):
        for name, model in env.registry.items():
            if name.startswith("zoom.") and model._transient and not model._abstract:
                env[name].search([], limit=10_000).unlink()

    @api.model
    def _wipe_held(self, run):
        """Meetings that a legal hold keeps lose everything but the recordings on hold."""

        def work(env, mine):
            meetings = env["zoom.meeting"].search([("integration_id", "=", mine.id)])
            meetings.with_context(zoom_push_hold=True).write(
                {
                    "topic": self.env._("Recording on legal hold"),
                    "agenda": False,
                    "invitees": False,
                    "join_url": False,
                    "calendar_target": False,
                    "calendar_note": False,
                    "push_asked": False,
                    "push_note": False,
                }
            )
            meetings.instance_ids.write({"share_url": False})
            files = env["zoom.recording"].search([("integration_id", "=", mine.id)])
            files.write({"play_url": False, "download_url": False})
            return len(files)

        held = self._page(run, work)
        self._page(run, lambda env, mine: None, held=held)
