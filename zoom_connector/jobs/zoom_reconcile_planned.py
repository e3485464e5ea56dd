"""Planned meetings: Zoom's list against Odoo's meetings, without writing any of them."""

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound

from ..models.zoom_meeting import RECURRING_FIXED
from ..models.zoom_meeting_upsert import TRACKED, MeetingPatch
from ..tools.times import naive
from .zoom_reconcile_data import Finding, meeting_to_json
from .zoom_sync_steps import PAGE, chunks, now_ms


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    @api.model
    def _compare_planned(self, run, user):
        """Compare a user's planned meetings.

        A series comes once per date, on whatever pages: its dates are gathered over the whole list,
        and its details are read only if they do not agree with what Odoo knows.
        """
        position = run.position
        at = now_ms()
        rows = run.client.meetings(
            user["zoom_id"],
            from_=fields.Date.to_date(position["from"]),
            to=fields.Date.to_date(position["to"]),
        )
        seen, series, done = set(), {}, 0
        for page in chunks(rows, PAGE):
            done += len(page)
            seen |= {row.zoom_id for row in page}
            for row in page:
                if row.type == RECURRING_FIXED:
                    _row, starts = series.setdefault(row.zoom_id, (row, set()))
                    if row.start:
                        starts.add(fields.Datetime.to_string(naive(row.start)))
            if done <= position["skip"]:
                # Compared before this job; read again only to know what the list held.
                continue
            singles = {r.zoom_id: r for r in reversed(page) if r.type != RECURRING_FIXED}
            self._page(
                run,
                lambda env, mine, singles=singles: self._compare_rows(
                    run, env, mine, list(singles.values()), at, user
                ),
                skip=done,
            )
            run.check_time()
        self._compare_series(run, user, series, at)
        self._find_orphans(run, user, seen)

    @api.model
    def _compare_rows(self, run, env, integration, rows, at, user):
        """Compare listed meetings with Odoo's; the details of a list row are those that it tells."""
        Meeting = env["zoom.meeting"]
        patches = [Meeting._patch_from_api(row, at) for row in rows]
        self._compare_meetings(run, env, integration, patches, user)

    @api.model
    def _compare_meetings(self, run, env, integration, patches, user):
        """Write a line for each patch that an upsert would make something of."""
        known = env["zoom.meeting"]._known(integration, {patch.zoom_id for patch in patches})
        findings = []
        for patch in patches:
            finding = self._compare_meeting(run, known.get(patch.zoom_id), patch, user)
            if finding:
                findings.append(finding)
        gone = sum(finding.kind == "orphaned" for finding in findings)
        self._tally(
            run,
            env,
            "planned",
            len(patches) - gone,
            len(known),
            sum(finding.kind == "changed" for finding in findings),
        )
        self._write_lines(run, env, findings, planned_count=len(patches))

    @api.model
    def _compare_meeting(self, run, meeting, patch, user, told_only=False):
        """Return the `Finding` of one meeting, None when an upsert would change nothing visible.

        :param bool told_only: only what Zoom told before; lists tell no settings, so after an import
            a full reading adds some, which is no difference
        """
        data = {"meetings": [meeting_to_json(patch)]}
        if meeting is None:
            start = patch.values.get("start")
            if not start and patch.occurrences:
                start = min(o["start"] for o in patch.occurrences.values() if o["start"])
            return Finding(
                f"meeting:{patch.zoom_id}",
                "missing",
                "odoo",
                "planned",
                patch.values.get("topic") or patch.zoom_id,
                zoom_id=patch.zoom_id,
                start=start,
                host_name=user["name"],
                data=data,
            )
        before = meeting._register_row()
        after = {**before, "values": dict(before["values"])}
        meeting._merge_patch(after, patch)
        differences = self._value_differences(
            before["values"],
            after["values"],
            [name for name in TRACKED if not told_only or name in before["stamps"]],
            run.host_names,
        )
        differences += self._date_differences(before["occurrences"], after["occurrences"])
        if not differences:
            return None
        gone = after["values"].get("presence") == "deleted"
        return Finding(
            f"meeting:{patch.zoom_id}",
            "orphaned" if gone else "changed",
            "odoo",
            "planned",
            meeting.topic,
            zoom_id=patch.zoom_id,
            start=meeting.start or None,
            host_name=user["name"],
            meeting_id=meeting.id,
            differences=differences,
            data=data,
            # What people planned in Odoo is not taken from their calendar without being asked.
            safe=not (gone and meeting.push_origin == "odoo"),
        )

    # -- series --------------------------------------------------------------------------------

    @api.model
    def _compare_series(self, run, user, series, at):
        """Compare the series of a user; each is remembered, so that no detail is read twice."""
        if not series:
            return
        position = run.position
        if position.get("series_of") != user["key"]:
            position.update(series_of=user["key"], series_done=[])
        left = {key: told for key, told in series.items() if key not in position["series_done"]}
        agreeing, to_read = self._series_agree(run, left)
        if agreeing:
            rows = [left[zoom_id][0] for zoom_id in agreeing]
            done = [*position["series_done"], *agreeing]
            self._page(
                run,
                lambda env, mine: self._compare_rows(run, env, mine, rows, at, user),
                series_done=done,
            )
        for zoom_id in to_read:
            run.check_time()
            self._compare_details(run, user, zoom_id)
            self._page(run, lambda env, mine: None, series_done=[*position["series_done"], zoom_id])

    @api.model
    def _series_agree(self, run, series):
        """Return (ids whose listed dates are those that Odoo knows, ids to read in detail)."""
        window = run.position["to"]
        now = fields.Datetime.to_string(fields.Datetime.now())
        with self._page_env() as env:
            known = env["zoom.meeting"]._known(run.integration, set(series))
            agreeing = []
            for zoom_id, (_row, told) in series.items():
                meeting = known.get(zoom_id)
                planned = {
                    entry["start"]
                    for entry in ((meeting and meeting.occurrences) or {}).values()
                    if entry.get("start") and entry.get("status") != "deleted"
                }
                ahead = {start for start in planned if now < start < window}
                # One row can mean one date or the whole series (not documented): it proves nothing,
                # unless Odoo as well knows of one date only.
                enough = len(told) > 1 or len(ahead) <= 1
                if meeting and meeting.recurrence and enough and told <= planned and ahead <= told:
                    agreeing.append(zoom_id)
        return agreeing, [zoom_id for zoom_id in series if zoom_id not in agreeing]

    # -- details -------------------------------------------------------------------------------

    @api.model
    def _compare_details(self, run, user, zoom_id, sampled=False):
        """Read one meeting with its dates and compare; one that is gone is an orphan of Odoo.

        :param bool sampled: the list held it already; only count what differs in detail
        """
        at = now_ms()
        try:
            found = run.client.meeting(zoom_id, show_previous=True)
        except NotFound:
            found = None

        def work(env, mine):
            Meeting = env["zoom.meeting"]
            if found:
                patch = Meeting._patch_from_api(found, at)
            else:
                meeting = Meeting._known(mine, {zoom_id}).get(zoom_id)
                # Zoom forgets meetings some time after they were held; only what lies ahead counts.
                values = {"presence": "deleted"} if meeting and meeting._is_ahead() else {}
                patch = MeetingPatch(zoom_id=zoom_id, at=at, values=values, read=True)
                if not values:
                    return
            if sampled:
                known = Meeting._known(mine, {zoom_id})[zoom_id]
                finding = self._compare_meeting(run, known, patch, user, told_only=True)
                self._tally(run, env, "sample", 1, 1, int(bool(finding)))
                self._write_lines(run, env, [finding] if finding else [])
            else:
                self._compare_meetings(run, env, mine, [patch], user)

        self._page(run, work)

    @api.model
    def _find_orphans(self, run, user, seen):
        """Ask about each planned meeting of Odoo that the list did not hold: moved, or gone?"""
        position = run.position
        if position.get("orphans_of") != user["key"]:
            with self._page_env() as env:
                ahead = env["zoom.meeting"].search(
                    [
                        ("integration_id", "=", run.integration.id),
                        ("host_id.zoom_id", "=", user["key"]),
                        ("presence", "=", "present"),
                        ("zoom_id", "not in", list(seen)),
                        "|",
                        ("kind", "=", "series"),
                        "&",
                        ("kind", "=", "scheduled"),
                        "&",
                        ("start", ">=", fields.Datetime.now()),
                        ("start", "<", position["to"]),
                    ],
                    order="id",
                )
                zoom_ids = ahead.filtered(
                    lambda meeting: (
                        meeting.kind != "series" or self._has_date_ahead(meeting, position["to"])
                    )
                ).mapped("zoom_id")
            self._page(run, lambda env, mine: None, orphans_of=user["key"], orphans=zoom_ids)
        while position["orphans"]:
            run.check_time()
            self._compare_details(run, user, position["orphans"][0])
            self._page(run, lambda env, mine: None, orphans=position["orphans"][1:])

    @api.model
    def _has_date_ahead(self, meeting, until):
        now = fields.Datetime.to_string(fields.Datetime.now())
        return any(
            entry.get("start") and now < entry["start"] < until
            for entry in (meeting.occurrences or {}).values()
            if entry.get("status") != "deleted"
        )

    # -- lines ---------------------------------------------------------------------------------

    @api.model
    def _tally(self, run, env, kind, in_zoom, in_odoo, differing):
        """Add to the counts of both sides, for the consistency check."""
        report = self._report(env, run)
        tally = dict(report.tally or {})
        before = tally.get(kind, [0, 0, 0])
        now = (in_zoom, in_odoo, differing)
        report.tally = {**tally, kind: [a + b for a, b in zip(before, now, strict=True)]}

    @api.model
    def _write_lines(self, run, env, findings, **counted):
        """Write the lines of a page and count what was compared, in the page's transaction."""
        report = self._report(env, run)
        vals = {name: report[name] + count for name, count in counted.items()}
        report.write(vals)
        env["zoom.reconcile.line"].create([finding.vals(report.id) for finding in findings])
        run.counts["unchanged"] += max(sum(counted.values()) - len(findings), 0)
