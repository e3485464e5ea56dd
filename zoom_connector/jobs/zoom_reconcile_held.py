"""Held meetings and who came: Zoom's report against Odoo's instances, without writing them."""

from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound

from ..tools import register
from .zoom_reconcile_data import Finding, instance_to_json, merge_data
from .zoom_sync_steps import PAGE, chunks, now_ms

# Zoom's webhooks and its report round differently.
SAME_TIME = timedelta(seconds=60)
# A meeting that is still open in Odoo so long after its start has probably lost its end.
OPEN_LONG = timedelta(hours=24)
SETTLED = timedelta(minutes=30)


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    @api.model
    def _compare_held(self, run, user):
        position = run.position
        at = now_ms()
        done, seen = 0, set()
        for page in chunks(self._held_meetings(run, user), PAGE):
            done += len(page)
            seen |= {row.uuid for row in page}
            if done <= position["skip"]:
                continue
            unchecked = self._page(
                run,
                lambda env, mine, page=page: self._compare_instances(
                    run, env, mine, page, at, user
                ),
                skip=done,
            )
            self._confirm_people(run, unchecked, at)
            run.check_time()
        self._find_unlisted(run, user, seen)

    @api.model
    def _compare_instances(self, run, env, integration, page, at, user):
        """Write the lines of a page of the report.

        :return: dict UUID -> `InstancePatch` of those that agree but whose people were never compared
            with Zoom's own list
        """
        rows = {row.uuid: row for row in page if row.uuid and row.zoom_id}
        known = env["zoom.meeting.instance"]._known(integration, set(rows))
        parents = self._missing_lines(run, env, {row.zoom_id for row in rows.values()})
        findings, unchecked = [], {}
        for uuid, row in rows.items():
            patch = self._held_patch(integration, row, at, user["key"])
            instance = known.get(uuid)
            self._held_at(run, patch)
            if instance is None:
                data = {"instances": [instance_to_json(patch)], "people": [uuid]}
                parent = parents.get(row.zoom_id)
                if parent:
                    # The meeting itself is missing: one difference, not two.
                    parent.data = merge_data(parent.data, data)
                    continue
                findings.append(
                    Finding(
                        f"instance:{uuid}",
                        "missing",
                        "odoo",
                        "held",
                        row.topic or row.zoom_id,
                        zoom_id=row.zoom_id,
                        uuid=uuid,
                        start=patch.start,
                        host_name=user["name"],
                        data=data,
                    )
                )
                continue
            finding = self._compare_instance(run, instance, patch, user)
            if finding:
                findings.append(finding)
            elif instance.stop and not instance.attendance_checked:
                unchecked[uuid] = patch
        self._tally(
            run,
            env,
            "held",
            len(rows),
            len(known),
            sum(finding.kind == "changed" for finding in findings),
        )
        self._tally(
            run,
            env,
            "people",
            sum(getattr(row, "participants_count", None) or 0 for row in rows.values()),
            sum(instance.participant_count for instance in known.values()),
            0,
        )
        self._write_lines(run, env, findings, held_count=len(rows))
        return unchecked

    @api.model
    def _missing_lines(self, run, env, zoom_ids):
        """Return dict meeting id -> line of this report that says that the meeting is missing."""
        lines = env["zoom.reconcile.line"].search(
            [
                ("report_id", "=", run.position["report_id"]),
                ("kind", "=", "missing"),
                ("side", "=", "odoo"),
                ("subject", "=", "planned"),
                ("zoom_id", "in", list(zoom_ids)),
            ]
        )
        return {line.zoom_id: line for line in lines}

    @api.model
    def _compare_instance(self, run, instance, patch, user):
        """Return the `Finding` of one held meeting, or None."""
        told = {
            name: value
            for name, value in patch.statements.items()
            if not (name in ("start", "stop") and self._close(instance[name], value))
        }
        current = {name: instance._plain(name) for name in told}
        changed, _stamps = register.merge(instance.register, current, told, patch.at)
        times = [name for name in ("start", "stop", "recording_state") if name in changed]
        differences = self._value_differences(current, {**current, **changed}, times)
        people = self._people_differences(instance, patch)
        if not differences and not people:
            return None
        return Finding(
            f"instance:{instance.uuid}",
            "changed",
            "odoo",
            "held" if differences else "attendance",
            instance.topic or instance.uuid,
            zoom_id=patch.zoom_id,
            uuid=instance.uuid,
            start=instance.start or None,
            host_name=user["name"],
            meeting_id=instance.meeting_id.id,
            instance_id=instance.id,
            differences=differences + people,
            data={
                "instances": [instance_to_json(patch)],
                "people": [instance.uuid] if people else [],
            },
        )

    @api.model
    def _close(self, ours, theirs):
        theirs = fields.Datetime.to_datetime(theirs)
        return bool(ours and theirs) and abs(ours - theirs) <= SAME_TIME

    @api.model
    def _people_differences(self, instance, patch):
        """Return the differences of attendance as the figures of Zoom's report show them.

        Once the people were read from Zoom, the figures of that moment are kept: then whatever moves
        afterwards, in Zoom or in Odoo, shows. Before that, people and minutes are compared, each
        stay counted in begun minutes as Zoom does it.
        """
        count = patch.values.get("reported_count")
        minutes = patch.values.get("reported_minutes")
        if not count or not (instance.stop or patch.stop):
            return []
        if instance.attendance_checked and instance.checked_people:
            return self._moved_figures(instance, count, minutes)
        labels = self._labels()
        people, ours = instance.participant_count, self._minutes_of(instance)
        if count != people:
            # Zoom counts those as well whom a people rule ignores.
            everybody = instance.with_context(active_test=False)
            people = len(everybody.participant_ids.filtered("join_time")) or people
            ours = self._minutes_of(everybody)
        # Begun minutes are counted for each stay; where no stays are kept, for each person.
        stays = len(instance.participant_ids.stay_ids) or 2 * people
        if count == people and (minutes is None or abs(minutes - ours) <= stays):
            return []
        return [
            (labels["people"], str(people), str(count)),
            (
                labels["minutes"],
                self._in_words("minutes", ours),
                self._in_words("minutes", minutes),
            ),
        ]

    @api.model
    def _moved_figures(self, instance, count, minutes):
        """Return what moved since the people were read from Zoom: there, or here."""
        now = {
            "reported_count": count,
            "reported_minutes": minutes or instance.reported_minutes,
        }
        rows = self._value_differences({name: instance[name] for name in now}, now, list(now))
        labels = self._labels()
        if instance.participant_count != instance.checked_people:
            rows.append(
                (labels["people"], str(instance.participant_count), str(instance.checked_people))
            )
        if instance.person_seconds != instance.checked_seconds:
            rows.append(
                (
                    labels["minutes"],
                    self._in_words("minutes", round(instance.person_seconds / 60)),
                    self._in_words("minutes", round(instance.checked_seconds / 60)),
                )
            )
        return rows

    @api.model
    def _minutes_of(self, instance):
        stays = instance.participant_ids.stay_ids
        if not stays:
            # Of confidential meetings only the sums are kept.
            return round(instance.person_seconds / 60)
        return sum(-(-stay.seconds // 60) for stay in stays)

    @api.model
    def _confirm_people(self, run, unchecked, at):
        """Compare the people of meetings once with Zoom's own list, name by name; not in a dry run.

        The figures agreed, so this costs one call per meeting in its whole life.
        """
        if run.position["mode"] != "heal" or not unchecked:
            return
        rows = {uuid: self._people_rows(run, uuid) for uuid in unchecked}

        def work(env, mine):
            env["zoom.meeting.instance"]._upsert(mine, list(unchecked.values()))
            self._store_people(env, mine, rows, at)

        self._page(run, work)

    # -- what the report does not hold ---------------------------------------------------------

    @api.model
    def _find_unlisted(self, run, user, seen):
        """Ask about meetings that Odoo has as held, with people or without an end, and the report
        has not. Meetings with one person are never in it (vendor page "Get meeting reports")."""
        now = fields.Datetime.now()
        with self._page_env() as env:
            candidates = env["zoom.meeting.instance"].search(
                [
                    ("integration_id", "=", run.integration.id),
                    ("host_id.zoom_id", "=", user["key"]),
                    ("start", ">=", run.position["from"]),
                    ("uuid", "not in", list(seen)),
                    ("zoom_confirmed", "=", False),
                    "|",
                    "&",
                    ("participant_count", ">", 1),
                    ("stop", "<", now - SETTLED),
                    "&",
                    ("stop", "=", False),
                    ("start", "<", now - OPEN_LONG),
                ]
            )
            left = [(i.uuid, i.meeting_id.zoom_id) for i in candidates]
        for uuid, zoom_id in left:
            run.check_time()
            self._compare_unlisted(run, user, uuid, zoom_id)

    @api.model
    def _compare_unlisted(self, run, user, uuid, zoom_id):
        at = now_ms()
        try:
            found = run.client.past_meeting(uuid)
        except NotFound:
            found = None

        def work(env, mine):
            instance = env["zoom.meeting.instance"]._known(mine, {uuid})[uuid]
            if env["zoom.reconcile.line"].search_count(
                [("report_id", "=", run.position["report_id"]), ("key", "=", f"instance:{uuid}")]
            ):
                return
            findings = []
            if found:
                patch = self._held_patch(mine, found, at, user["key"])
                patch.zoom_id = patch.zoom_id or zoom_id
                finding = self._compare_instance(run, instance, patch, user)
                findings = [finding] if finding else []
                if run.position["mode"] == "heal" and instance.stop:
                    # The past does not change: not asked about again.
                    instance.zoom_confirmed = True
            elif instance.stop:
                findings = [
                    Finding(
                        f"instance:{uuid}",
                        "orphaned",
                        "odoo",
                        "held",
                        instance.topic or uuid,
                        safe=False,
                        zoom_id=zoom_id,
                        uuid=uuid,
                        start=instance.start or None,
                        host_name=user["name"],
                        meeting_id=instance.meeting_id.id,
                        instance_id=instance.id,
                        differences=[
                            (
                                self._labels()["presence"],
                                self.env._("exists"),
                                self.env._("not known to Zoom"),
                            )
                        ],
                        data={"moves": [{"remove": uuid}]},
                    )
                ]
            self._tally(run, env, "held", int(bool(found)), 1, len(findings) if found else 0)
            self._write_lines(run, env, findings, held_count=1)

        self._page(run, work)
