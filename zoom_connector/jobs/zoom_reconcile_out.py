"""Outwards: what the calendar wants and Zoom lacks. Costs no call: what Zoom has was just compared."""

from odoo import api, fields, models

from ..tools import series_diff
from .zoom_reconcile_data import Finding

PAGE = 200


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    @api.model
    def _step_outward(self, run):
        """Compare planned meetings with their calendar events, and look for events without a meeting."""
        position = run.position
        while True:
            last = self._page(run, lambda env, mine: self._compare_calendar(run, env, mine))
            if last is None:
                break
            self._page(run, lambda env, mine, last=last: None, out_after=last)
            run.check_time()
        if position.get("events_done") is None:
            self._page(run, lambda env, mine: self._find_events(run, env, mine), events_done=True)

    @api.model
    def _compare_calendar(self, run, env, integration):
        """Compare one page of meetings with the calendar. Return the last id, None when none is left."""
        domain = [
            ("integration_id", "=", integration.id),
            ("id", ">", run.position.get("out_after", 0)),
            ("presence", "=", "present"),
            ("kind", "in", ("scheduled", "series", "open_series")),
        ]
        if integration.push_policy == "own":
            domain.append(("push_origin", "=", "odoo"))
        meetings = (
            env["zoom.meeting"]
            .with_context(active_test=False)
            .search(domain, order="id", limit=PAGE)
        )
        if not meetings:
            return None
        found = self._gone_or_changed(meetings)
        underway = env["zoom.push"]._meetings_underway(meetings)
        named = self._lines_of(run, env, meetings.mapped("zoom_id"))
        findings = []
        for meeting, finding in found:
            # What is on its way is no difference, and what Zoom lost is reported already.
            if meeting not in underway and meeting.zoom_id not in named:
                findings.append(finding)
        report = self._report(env, run)
        env["zoom.reconcile.line"].create([finding.vals(report.id) for finding in findings])
        return meetings[-1].id

    @api.model
    def _lines_of(self, run, env, zoom_ids):
        lines = env["zoom.reconcile.line"].search(
            [
                ("report_id", "=", run.position["report_id"]),
                ("zoom_id", "in", zoom_ids),
                ("subject", "=", "planned"),
            ]
        )
        return set(lines.mapped("zoom_id"))

    @api.model
    def _gone_or_changed(self, meetings):
        found = []
        for meeting in meetings:
            if meeting._is_past():
                continue
            events = meeting.calendar_event_ids
            target = meeting.calendar_target or {}
            wanted = events.filtered(lambda event: event.active and event.zoom_requested)
            if not wanted:
                shown = any(entry.get("active") for entry in target.get("events", {}).values())
                if (events and shown) or (meeting.push_origin == "odoo"):
                    found.append((meeting, self._leftover(meeting)))
            elif self._edited(meeting, wanted, target):
                finding = self._behind(meeting, wanted)
                if finding:
                    found.append((meeting, finding))
        return found

    @api.model
    def _leftover(self, meeting):
        return Finding(
            f"leftover:{meeting.zoom_id}",
            "orphaned",
            "zoom",
            "planned",
            meeting.topic,
            direction="out",
            safe=False,
            zoom_id=meeting.zoom_id,
            start=meeting.start or None,
            host_name=meeting.host_id.name,
            meeting_id=meeting.id,
            differences=[
                (self.env._("Calendar event"), self.env._("archived or deleted"), meeting.topic)
            ],
        )

    @api.model
    def _edited(self, meeting, events, target):
        """Return whether the calendar differs from what both sides agreed on last. Cheap: what is
        equal needs no plan."""
        shared = target.get("shared") or {}
        lead = events.sorted("start")[:1]
        if lead.name != shared.get("name"):
            return True
        if meeting._wish_agenda(lead, meeting) != (shared.get("description") or ""):
            return True
        agreed = target.get("events") or {}
        for event in events:
            entry = agreed.get(event.zoom_key)
            if entry is None:
                if meeting.kind != "open_series":
                    return True
                continue
            times = [fields.Datetime.to_string(event[name]) for name in ("start", "stop")]
            if times != [entry.get("start"), entry.get("stop")]:
                return True
        active = {key for key, entry in agreed.items() if entry.get("active")}
        return bool(active - set(events.mapped("zoom_key")))

    @api.model
    def _behind(self, meeting, events):
        """Return the `Finding` of a meeting whose change has not reached Zoom, or None."""
        lead = events.filtered("follow_recurrence").sorted("start")[:1] or events[:1]
        wish = meeting._wish(lead)
        content = meeting._content_changes(wish)
        plan = series_diff.plan(wish.dates, meeting._known_schedule(), fields.Datetime.now(), False)
        labels = self._labels()
        rows = [
            (labels[name], self._in_words(name, content[name]), self._in_words(name, meeting[name]))
            for name in ("topic", "agenda")
            if name in content
        ]
        if content.get("settings"):
            rows.append((self.env._("Settings"), ", ".join(sorted(content["settings"])), "-"))
        if plan.operations:
            ours = sorted(fields.Datetime.to_string(date.start) for date in wish.dates.dates)
            theirs = sorted(
                fields.Datetime.to_string(o.start) for o in meeting._known_schedule().occurrences
            ) or [fields.Datetime.to_string(meeting.start)]
            only_ours = [start for start in ours if start not in theirs]
            only_theirs = [start for start in theirs if start not in ours]
            rows.append(
                (
                    self.env._("Dates"),
                    ", ".join(self._in_words("start", s) for s in only_ours[:5]) or "-",
                    ", ".join(self._in_words("start", s) for s in only_theirs[:5]) or "-",
                )
            )
        if not rows:
            return None
        return Finding(
            f"behind:{meeting.zoom_id}",
            "changed",
            "zoom",
            "planned",
            lead.name or meeting.topic,
            direction="out",
            safe=False,
            zoom_id=meeting.zoom_id,
            start=lead.start,
            host_name=meeting.host_id.name,
            meeting_id=meeting.id,
            event_id=lead.id,
            differences=rows,
        )

    @api.model
    def _find_events(self, run, env, integration):
        """Write a line for each event that shall be held in Zoom and has no meeting on its way."""
        events = env["calendar.event"].search(
            [
                ("zoom_requested", "=", True),
                ("zoom_meeting_id", "=", False),
                ("stop", ">", fields.Datetime.now()),
            ],
            order="start, id",
        )
        pushes = events._zoom_pushes() if events else {}
        findings, series = [], set()
        for event in events:
            push = pushes.get(event)
            if push and (push.state != "failed" or push.holds):
                continue
            if event.recurrence_id in series or event._zoom_integration() != integration:
                continue
            if event.recurrence_id:
                series.add(event.recurrence_id)
            findings.append(
                Finding(
                    f"event:{event.id}",
                    "missing",
                    "zoom",
                    "event",
                    event.name,
                    direction="out",
                    safe=False,
                    start=event.start,
                    host_name=event.zoom_host_id.name or event.user_id.name,
                    event_id=event.id,
                    differences=[(self.env._("Zoom meeting"), self.env._("wanted"), "-")],
                )
            )
        report = self._report(env, run)
        env["zoom.reconcile.line"].create([finding.vals(report.id) for finding in findings])
