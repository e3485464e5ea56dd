"""A small Zoom account on the loopback server, in the shapes of the vendor samples."""

from datetime import timedelta

from odoo import fields

from odoo.addons.connector_base.tests.common import start_stub


def iso(moment):
    """Return a naive UTC datetime as Zoom writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class StubWorld:
    """Two users; Ada hosts a planned meeting, a weekly series and a held, recorded meeting."""

    ADA = "HostAdaExample00000001"
    BOB = "UserBobExample00000002"

    def __init__(self, test):
        self.server = start_stub(test)
        self.now = fields.Datetime.now().replace(microsecond=0)
        self.planned_at = self.now + timedelta(days=3)
        first = (self.now + timedelta(days=7)).replace(hour=9, minute=0, second=0)
        self.series_at = [first + timedelta(weeks=week) for week in range(3)]
        self.held_at = self.now - timedelta(days=2)
        self.meetings = [self.planned(), *self.series_rows()]
        self.stub()

    def v2(self, path):
        return f"/zoom/v2{path}"

    def calls(self, path, method="GET"):
        return self.server.calls_of(method, self.v2(path))

    def api_calls(self):
        return [call for call in self.server.calls if call["path"].startswith("/zoom/v2")]

    def planned(self, **values):
        return {
            "uuid": "plannedUuid",
            "id": 811,
            "host_id": self.ADA,
            "topic": "Planned",
            "type": 2,
            "start_time": iso(self.planned_at),
            "duration": 45,
            "timezone": "Europe/Madrid",
            "agenda": "The agenda",
            "join_url": "https://zoom.example.com/j/811",
            **values,
        }

    def series_rows(self):
        return [
            {
                "uuid": "seriesUuid",
                "id": 822,
                "host_id": self.ADA,
                "topic": "Weekly",
                "type": 8,
                "start_time": iso(start),
                "duration": 30,
                "timezone": "UTC",
                "join_url": "https://zoom.example.com/j/822",
            }
            for start in self.series_at
        ]

    def series(self):
        day = self.series_at[0].isoweekday() % 7 + 1
        return {
            **self.series_rows()[0],
            "host_email": "ada.host@example.com",
            "recurrence": {
                "type": 2,
                "repeat_interval": 1,
                "weekly_days": str(day),
                "end_times": 3,
            },
            "occurrences": [
                {
                    "occurrence_id": str(int(start.timestamp() * 1000)),
                    "start_time": iso(start),
                    "duration": 30,
                    "status": "available",
                }
                for start in self.series_at
            ],
        }

    def held(self):
        return {
            "uuid": "/heldUuid==",
            "id": 833,
            "type": 2,
            "topic": "Held",
            "user_name": "Ada Host",
            "user_email": "ada.host@example.com",
            "start_time": iso(self.held_at),
            "end_time": iso(self.held_at + timedelta(minutes=30)),
            "duration": 30,
            "total_minutes": 50,
            "participants_count": 2,
        }

    def people(self):
        def row(name, user_id, first, last, **values):
            return {
                "id": values.get("id", ""),
                "user_id": user_id,
                "name": name,
                "user_email": values.get("email", ""),
                "join_time": iso(self.held_at + timedelta(seconds=first)),
                "leave_time": iso(self.held_at + timedelta(seconds=last)),
                "duration": last - first,
                "status": values.get("status", "in_meeting"),
            }

        return [
            row("Ada Host", "1", 0, 1800, id=self.ADA, email="ada.host@example.com"),
            row("Gia", "2", 30, 60, status="in_waiting_room"),
            row("Gia", "2", 61, 700),
            row("Bob", "3", 100, 200, email="bob.user@example.com"),
            row("Bob", "4", 150, 400, email="bob.user@example.com"),
        ]

    def recording(self):
        return {
            "uuid": "/heldUuid==",
            "id": 833,
            "host_id": self.ADA,
            "topic": "Held",
            "type": 2,
            "start_time": iso(self.held_at),
            "timezone": "Europe/Madrid",
            "duration": 30,
            "total_size": 1_000_000,
            "recording_count": 1,
            "share_url": "https://zoom.example.com/rec/share/1",
            "recording_files": [
                {
                    "id": "file-1",
                    "meeting_id": "/heldUuid==",
                    "recording_start": iso(self.held_at),
                    "recording_end": iso(self.held_at + timedelta(minutes=30)),
                    "file_type": "MP4",
                    "file_extension": "MP4",
                    "file_size": 1_000_000,
                    "play_url": "https://zoom.example.com/rec/play/1",
                    "download_url": "https://zoom.example.com/rec/download/1",
                    "status": "completed",
                    "recording_type": "shared_screen_with_speaker_view",
                }
            ],
        }

    def stub(self):
        on = self.server.on
        token = {
            "access_token": "stub-access-token",
            "token_type": "bearer",
            "expires_in": 3600,
            "scope": "user:read:list_users:admin",
        }
        on("POST", "/zoom/oauth/token", token)
        on("POST", "/zoom/oauth/revoke", {"status": "success"})
        users = [
            {
                "id": self.ADA,
                "first_name": "Ada",
                "last_name": "Host",
                "type": 2,
                "status": "active",
                "email": "ada.host@example.com",
                "timezone": "Europe/Madrid",
            },
            {
                "id": self.BOB,
                "first_name": "Bob",
                "last_name": "User",
                "type": 1,
                "status": "active",
                "email": "bob.user@example.com",
            },
        ]
        on("GET", self.v2("/users"), self.list("users", users))
        on(
            "GET",
            self.v2(f"/users/{self.ADA}/meetings"),
            self.list("meetings", lambda: self.meetings),
        )
        on("GET", self.v2("/meetings/822"), lambda call: self.series())
        on(
            "GET",
            self.v2(f"/report/users/{self.ADA}/meetings"),
            self.list("meetings", [self.held()]),
        )
        on(
            "GET",
            self.v2("/report/meetings/%252FheldUuid%253D%253D/participants"),
            self.list("participants", self.people()),
        )
        on(
            "GET",
            self.v2(f"/users/{self.ADA}/recordings"),
            self.list("meetings", [self.recording()]),
        )
        for path, key in (
            (f"/users/{self.BOB}/meetings", "meetings"),
            (f"/report/users/{self.BOB}/meetings", "meetings"),
            (f"/users/{self.BOB}/recordings", "meetings"),
        ):
            on("GET", self.v2(path), self.list(key, []))

    def list(self, key, rows):
        """Answer with one page of rows (a list, or a function that returns one)."""

        def answer(call):
            found = rows() if callable(rows) else rows
            return {
                key: found,
                "next_page_token": "",
                "page_size": 300,
                "total_records": len(found),
            }

        return answer

    def connect(self, integration):
        """Point an account at this world and connect it."""
        integration.write({"environment": "sandbox", "sandbox_url": self.server.url})
        integration.action_connect()
        integration.invalidate_recordset()
        self.server.calls.clear()
