"""Big recordings: constant memory, cut connections, killed workers, and one copy in the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.e2e.support import Account, Database, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

#: More than 2^31, where attachments' own size field ends. The sandbox makes the bytes as it sends them.
BIG = 2_200_000_000
MB = 1024 * 1024
#: The worker may take so much more memory than before.
ADDED = 50 * MB


@dataclass
class Film:
    """A video that Zoom has and Odoo knows as a link."""

    id: int
    key: str
    uuid: str


@pytest.fixture
def box(vendor: Sandbox) -> Iterator[Sandbox]:
    """The vendor, well before and after."""
    vendor.clear_faults()
    vendor.zoom.limits(download_chunk=4 * MB)  # gigabytes in few pieces
    yield vendor
    vendor.zoom.limits(download_chunk=256 * 1024)
    vendor.clear_faults()


@pytest.fixture
def instance_after(instance: Instance) -> Iterator[Instance]:
    """The instance, working again after the test."""
    yield instance
    instance.wait_until_answering(120)


def filmed(box: Sandbox, account: Account, db: Database, size: int) -> Film:
    """Let a meeting be recorded; the video is known when this returns."""
    truth = box.zoom.run_meeting(
        deliver=False, participants=2, recording=True, topic="All hands", sizes={"MP4": size}
    )
    before = account.states().total()
    account.send_many(box, truth["bodies"], concurrency=1)
    account.wait_drained(before + len(truth["bodies"]))
    (video,) = [row for row in box.zoom.files(uuid=truth["uuid"]) if row["file_type"] == "MP4"]
    (row,) = db.rows("SELECT id FROM zoom_recording WHERE file_id = %s", video["id"])
    # The small files come by themselves; afterwards the workers are warm, and the video has them alone.
    eventually(
        lambda: db.value(
            "SELECT count(*) = 3 FROM zoom_recording r JOIN zoom_meeting_instance i"
            " ON i.id = r.instance_id WHERE i.uuid = %s AND r.download_state = 'done'",
            truth["uuid"],
        ),
        "the small files of the recording",
    )
    return Film(row["id"], video["key"], truth["uuid"])


def state_of(db: Database, film: Film) -> dict:
    (row,) = db.rows(
        "SELECT download_state, download_received, download_error, tier, sha256, attachment_id,"
        " stored_size FROM zoom_recording WHERE id = %s",
        film.id,
    )
    return row


def ask(instance: Instance, film: Film) -> None:
    """A person presses the button."""
    instance.rpc.call("zoom.recording", "action_download", [film.id])


def arrived(db: Database, film: Film) -> dict:
    """Wait until the file is in Odoo."""
    eventually(
        lambda: state_of(db, film)["download_state"] in ("done", "failed"),
        "the file to arrive",
        lambda: state_of(db, film),
        patience=300,
    )
    found = state_of(db, film)
    assert found["download_state"] == "done", found
    return found


def nudge(instance: Instance, db: Database) -> None:
    """Make the scheduled action that looks after downloads due now."""
    db.execute(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 second'"
        " WHERE id = (SELECT res_id FROM ir_model_data"
        "   WHERE module = 'zoom_connector' AND name = 'ir_cron_zoom_downloads')"
    )
    with db.connection("postgres") as link, link.cursor() as cursor:
        cursor.execute("SELECT pg_notify('cron_trigger', %s)", (instance.database,))
        link.commit()


def kept_once(instance: Instance, db: Database, box: Sandbox, film: Film) -> None:
    """One attachment, one file in the file store, nothing left over, every byte right."""
    rows = db.rows(
        "SELECT id, store_fname, file_size, db_datas IS NULL AS outside FROM ir_attachment"
        " WHERE res_model = 'zoom.recording' AND res_id = %s",
        film.id,
    )
    assert len(rows) == 1
    (row,) = rows
    assert row["id"] == state_of(db, film)["attachment_id"]
    assert row["outside"]
    store = instance.odoo.data_dir / "filestore" / instance.database
    path = store / row["store_fname"]
    (truth,) = [f for f in box.zoom.files(uuid=film.uuid, full="1") if f["key"] == film.key]
    assert path.stat().st_size == truth["size"] == state_of(db, film)["stored_size"]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(4 * MB):
            digest.update(piece)
    assert digest.hexdigest() == truth["sha256"] == state_of(db, film)["sha256"]
    same_size = [p for p in store.rglob("*") if p.is_file() and p.stat().st_size == truth["size"]]
    assert same_size == [path]
    assert not list((store / "zoom_recordings").glob(f"{film.id}.*"))


def free(instance: Instance, film: Film) -> None:
    """Give the disk back: gigabytes are not left for the next test."""
    dsn = instance.dsn
    with psycopg2.connect(dsn) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT store_fname FROM ir_attachment WHERE res_model = 'zoom.recording' AND res_id = %s",
            (film.id,),
        )
        names = [row[0] for row in cursor.fetchall() if row[0]]
    store = instance.odoo.data_dir / "filestore" / instance.database
    for path in [*(store / name for name in names), store / "zoom_recordings" / f"{film.id}.part"]:
        path.unlink(missing_ok=True)


def memory(pid: int, name: str) -> int:
    """A figure of /proc/<pid>/status in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name}")


def test_two_gigabytes_with_three_cuts_in_constant_memory(
    instance_after: Instance, connected: Account, box: Sandbox, db: Database
) -> None:
    instance = instance_after
    film = filmed(box, connected, db, BIG)
    try:
        box.clear_calls()
        for after in (700_000_000, 1, 900_000_000):
            box.fault("execute_then_cut", "GET", f"/rec/storage/{film.key}", after=after, times=1)
        workers = instance.worker_pids()
        for pid in workers:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is counted from now on
        before = {pid: memory(pid, "VmRSS") for pid in workers}
        ask(instance, film)
        found = arrived(db, film)
        assert instance.worker_pids() == workers  # nobody was replaced meanwhile
        added = {pid: memory(pid, "VmHWM") - before[pid] for pid in workers}
        print("memory added, MB:", {pid: round(size / MB, 1) for pid, size in added.items()})
        assert max(added.values()) < ADDED, added
        assert found["tier"] == "recent"
        calls = box.calls(path=f"/rec/storage/{film.key}")
        ranges = [call["range"] for call in calls]
        assert ranges[:4] == ["", "bytes=700000000-", "bytes=700000001-", "bytes=1600000001-"]
        assert [call["fault"] for call in calls[:4]] == ["execute_then_cut"] * 3 + [None]
        kept_once(instance, db, box, film)
        ask_again_is_refused(instance, film)
    finally:
        free(instance, film)


def ask_again_is_refused(instance: Instance, film: Film) -> None:
    with pytest.raises(Exception, match="in Odoo already"):
        ask(instance, film)


def test_killed_worker_goes_on_where_it_was(
    instance_after: Instance, connected: Account, box: Sandbox, db: Database
) -> None:
    instance = instance_after
    film = filmed(box, connected, db, 200 * MB)
    try:
        box.clear_calls()
        stall = box.fault("stall", "GET", f"/rec/storage/{film.key}", after=150 * MB, seconds=600)
        ask(instance, film)
        safe = eventually(
            lambda: (
                (size := int(state_of(db, film)["download_received"] or 0)) >= 128 * MB and size
            ),
            "the first part of the file",
            lambda: state_of(db, film),
        )
        assert state_of(db, film)["download_state"] == "running"
        part = instance.odoo.data_dir / "filestore" / instance.database / "zoom_recordings"
        assert os.path.getsize(part / f"{film.id}.part") >= safe
        instance.kill_worker()
        box.clear_faults(stall)
        instance.wait_until_answering(120)
        nudge(instance, db)
        arrived(db, film)
        first, *rest = [call["range"] for call in box.calls(path=f"/rec/storage/{film.key}")]
        assert first == ""
        assert rest
        assert all(int(asked.removeprefix("bytes=").rstrip("-")) >= safe for asked in rest), rest
        kept_once(instance, db, box, film)
    finally:
        free(instance, film)
