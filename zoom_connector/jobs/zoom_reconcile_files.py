"""Cloud recordings: Zoom's list against Odoo's files, without writing them."""

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import ScopeMissing

from ..tools import register
from .zoom_reconcile_data import Finding, merge_data, recording_to_json
from .zoom_sync_steps import PAGE, chunks, now_ms

# Addresses are made anew by Zoom whenever they are read, and say nothing about the file.
COMPARED = ("file_type", "file_size", "start", "stop", "state")


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    @api.model
    def _compare_recordings(self, run, user):
        position = run.position
        at = now_ms()
        done, seen = 0, set()
        days = [fields.Date.to_date(position[name]) for name in ("from", "today")]
        try:
            for page in chunks(run.client.recordings(user["zoom_id"], *days), PAGE):
                done += len(page)
                seen |= {file.file_id for recording in page for file in recording.all_files}
                if done <= position["skip"]:
                    continue
                self._page(
                    run,
                    lambda env, mine, page=page: self._compare_files(
                        run, env, mine, page, at, user
                    ),
                    skip=done,
                )
                run.check_time()
        except ScopeMissing as exc:
            # Without the scope there are no recordings, but everything else goes on.
            self._scope_missing(run, exc)
            return
        self._find_orphaned_files(run, user, seen, days)

    @api.model
    def _compare_files(self, run, env, integration, page, at, user):
        page = list({recording.uuid: recording for recording in page if recording.zoom_id}.values())
        Recording = env["zoom.recording"]
        instances = env["zoom.meeting.instance"]._known(integration, {r.uuid for r in page})
        files = Recording._known(integration, {f.file_id for r in page for f in r.all_files})
        parents = self._missing_lines(run, env, {r.zoom_id for r in page})
        of_instance = self._missing_instances(run, env, {r.uuid for r in page})
        findings, count = [], 0
        for recording in page:
            count += len(recording.all_files)
            differences, missing = self._file_differences(recording, files, at)
            if not differences:
                continue
            instance = instances.get(recording.uuid)
            data = {"recordings": [recording_to_json(recording, at)]}
            parent = of_instance.get(recording.uuid) or parents.get(recording.zoom_id)
            if instance is None and parent:
                # The held meeting itself is missing: one difference, not two.
                parent.write(
                    {
                        "data": merge_data(parent.data, data),
                        "differences": [
                            *(parent.differences or []),
                            *({"label": a, "odoo": b, "zoom": c} for a, b, c in differences),
                        ],
                    }
                )
                continue
            findings.append(
                Finding(
                    f"recording:{recording.uuid}",
                    "missing" if missing else "changed",
                    "odoo",
                    "recording",
                    recording.topic or recording.zoom_id,
                    zoom_id=recording.zoom_id,
                    uuid=recording.uuid,
                    start=(recording.start and recording.start.replace(tzinfo=None)) or None,
                    host_name=user["name"],
                    meeting_id=instance.meeting_id.id if instance else None,
                    instance_id=instance.id if instance else None,
                    differences=differences,
                    data=data,
                )
            )
        self._tally(run, env, "recordings", count, len(files), len(findings))
        self._write_lines(run, env, findings, recording_count=count)

    @api.model
    def _missing_instances(self, run, env, uuids):
        lines = env["zoom.reconcile.line"].search(
            [
                ("report_id", "=", run.position["report_id"]),
                ("kind", "=", "missing"),
                ("subject", "=", "held"),
                ("uuid", "in", list(uuids)),
            ]
        )
        return {line.uuid: line for line in lines}

    @api.model
    def _file_differences(self, recording, known, at):
        """Return (differences in words, whether a file is missing)."""
        rows, missing = [], False
        for file in recording.all_files:
            record = known.get(file.file_id)
            label = self.env._("File %(kind)s", kind=file.file_type or file.recording_type)
            if record is None:
                missing = True
                rows.append((label, "-", self._in_words("file_size", file.file_size or 0)))
                continue
            values = record._values_from_adapter(file)
            values["state"] = "processing" if file.status == "processing" else "available"
            told = {name: values[name] for name in COMPARED if name in values}
            current = {name: record._plain(name) for name in told}
            changed, _stamps = register.merge(record.register, current, told, at)
            rows += [
                (f"{label}: {name}", ours, theirs)
                for name, ours, theirs in self._value_differences(
                    current, {**current, **changed}, list(changed)
                )
            ]
        return rows, missing

    @api.model
    def _find_orphaned_files(self, run, user, seen, days):
        """Files that Odoo calls available and Zoom does not list are in the trash, or deleted.

        The trash is read only if there are such files: one more call for the user.
        """
        with self._page_env() as env:
            candidates = env["zoom.recording"].search(
                [
                    ("integration_id", "=", run.integration.id),
                    ("instance_id.host_id.zoom_id", "=", user["key"]),
                    ("state", "=", "available"),
                    ("instance_id.start", ">=", run.position["from"]),
                    ("file_id", "not in", list(seen)),
                ]
            )
            if not candidates:
                return
        at = now_ms()
        trash = {
            file.file_id
            for recording in run.client.recordings(user["zoom_id"], *days, trash=True)
            for file in recording.all_files
        }

        def work(env, mine):
            states = dict(env["zoom.recording"]._fields["state"]._description_selection(env))
            findings = []
            files_of = env["zoom.recording"].browse(candidates.ids).grouped("instance_id")
            for instance, files in files_of.items():
                moves, rows = [], []
                for file in files:
                    state = "trashed" if file.file_id in trash else "deleted"
                    moves.append([instance.uuid, [file.file_id], at, state])
                    rows.append((file.name, states["available"], states[state]))
                findings.append(
                    Finding(
                        f"files:{instance.uuid}",
                        "orphaned",
                        "odoo",
                        "recording",
                        instance.topic or instance.uuid,
                        zoom_id=instance.meeting_id.zoom_id,
                        uuid=instance.uuid,
                        start=instance.start or None,
                        host_name=user["name"],
                        meeting_id=instance.meeting_id.id,
                        instance_id=instance.id,
                        differences=rows,
                        data={"moves": moves},
                    )
                )
            self._tally(run, env, "recordings", 0, len(candidates), 0)
            self._write_lines(run, env, findings, recording_count=len(candidates))

        self._page(run, work)
