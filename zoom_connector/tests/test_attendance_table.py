"""Attendance of 300 people against a table that was worked out by hand.

The meeting runs from 08:00:00 to 09:00:00 UTC. The seconds in the table are written down as numbers;
nothing here computes them, and nothing of the connector does.
"""

import random
from collections import Counter

from odoo.tests import tagged

from ..adapters.people import ParticipantRow
from ..tools import people
from .common import ZoomCase, sample

COPIES = 15
# kind -> (seconds by hand, how it is worked out, [(name, e-mail, join, leave), ...]); {n} is the number
# of the copy. Times are minute:second of the hour; None: Zoom told no leave. Each line is one
# connection; "=" as name continues on the connection before it.
TABLE = {
    "whole": (3600, "60:00", [("Whole {n}", "whole{n}@in.example", "00:00", "60:00")]),
    "late": (1234, "60:00 - 39:26 = 20:34", [("Late {n}", "late{n}@in.example", "39:26", "60:00")]),
    "rejoin": (
        3440,
        "9:50 + 47:30 = 57:20",
        [
            ("Rejoin {n}", "rejoin{n}@in.example", "00:10", "10:00"),
            ("Rejoin {n}", "REJOIN{n}@in.example", "12:30", "60:00"),
        ],
    ),
    "five times": (
        75,
        "0:15 five times",
        [
            ("Five {n}", "five{n}@in.example", "01:00", "01:15"),
            ("Five {n}", "five{n}@in.example", "11:00", "11:15"),
            ("Five {n}", "five{n}@in.example", "21:00", "21:15"),
            ("Five {n}", "five{n}@in.example", "31:00", "31:15"),
            ("Five {n}", "five{n}@in.example", "41:00", "41:15"),
        ],
    ),
    "three devices": (
        2100,
        "05:00 to 40:00 without a gap = 35:00",
        [
            ("Three {n}", "three{n}@in.example", "05:00", "20:00"),
            ("Three {n} (phone)", "three{n}@in.example", "15:00", "30:00"),
            ("Three {n} (room)", "three{n}@in.example", "29:59", "40:00"),
        ],
    ),
    "device inside": (
        2400,
        "10:00 to 50:00; the second device lies inside",
        [
            ("Inside {n}", "inside{n}@in.example", "10:00", "50:00"),
            ("Inside {n}", "inside{n}@in.example", "20:00", "25:00"),
        ],
    ),
    "overlap and gap": (
        1500,
        "00:00 to 15:00 and 50:00 to 60:00 = 25:00",
        [
            ("Gap {n}", "gap{n}@in.example", "00:00", "10:00"),
            ("Gap {n}", "gap{n}@in.example", "05:00", "15:00"),
            ("Gap {n}", "gap{n}@in.example", "50:00", "60:00"),
        ],
    ),
    "same second": (
        660,
        "20:00 to 31:00, leaving and coming back at 30:00",
        [
            ("Blink {n}", "blink{n}@in.example", "20:00", "30:00"),
            ("Blink {n}", "blink{n}@in.example", "30:00", "31:00"),
        ],
    ),
    "leave not told": (
        1800,
        "30:00 to the end of the meeting",
        [("Open {n}", "open{n}@in.example", "30:00", None)],
    ),
    "leave lost": (
        2400,
        "10:00 to 40:00 (next join of the connection) and on to 50:00",
        [
            ("Lost {n}", "lost{n}@in.example", "10:00", None),
            ("=", "lost{n}@in.example", "40:00", "50:00"),
        ],
    ),
    "same name, one": (600, "10:00", [("Alex Doe", "alex{n}@one.example", "05:00", "15:00")]),
    "same name, other": (1230, "20:30", [("Alex Doe", "alex{n}@two.example", "05:00", "25:30")]),
    "guest": (3541, "0:59 to 60:00", [("Guest {n}", "", "00:59", "60:00")]),
    "guest rejoins": (
        61,
        "1:00 + 0:01",
        [("Back {n}", "", "01:00", "02:00"), ("+Back {n}", "", "03:00", "03:01")],
    ),
    "iPhone, one": (300, "5:00", [("iPhone", "", "10:00", "15:00")]),
    "iPhone, other": (420, "7:00", [("iPhone", "", "10:00", "17:00")]),
    "telephone": (2701, "07:07 to 52:08 = 45:01", [("1415****{n:02}", "", "07:07", "52:08")]),
    "telephone, same digits": (119, "1:59", [("4930****11", "", "30:01", "32:00")]),
    "telephone rejoins": (
        180,
        "1:00 + 2:00",
        [("3466****{n:02}", "", "03:00", "04:00"), ("+3466****{n:02}", "", "05:00", "07:00")],
    ),
    "came and went": (0, "joined and left within a second", [("Zero {n}", "", "33:33", "33:33")]),
}
# What Zoom's report says where the events said no leave.
REPORTED = {"leave not told": "60:00", "leave lost": "40:00"}
# 20 kinds, 15 of each: 300 people. The seconds of one of each kind added up by hand are 28,361:
# 3600 1234 3440 75 2100 2400 1500 660 1800 2400 = 19,209
# 600 1230 3541 61 300 420 2701 119 180 0 = 9,152
TOTAL_PEOPLE = 300
TOTAL_SECONDS = 425_415  # 28,361 x 15


@tagged("post_install", "-at_install")
class TestAttendanceTable(ZoomCase):
    """300 people with re-joins, several devices, equal names, guests and telephones."""

    def connections(self):
        """Yield (kind, name, e-mail, device, uuid, join, leave) of everybody."""
        device = 0
        for kind, (_seconds, _how, rows) in TABLE.items():
            for copy in range(COPIES):
                person = f"P-{kind}-{copy}"
                name = ""
                for text, email, join, leave in rows:
                    if text != "=":
                        device += 1
                        name = text.lstrip("+").format(n=copy)
                    # A guest who comes back keeps his id of the meeting; it is all that tells.
                    yield kind, name, email.format(n=copy), str(device), person, join, leave

    def moment(self, text):
        minute, second = text.split(":")
        hour = 8 + int(minute) // 60
        return f"2026-05-04T{hour:02}:{int(minute) % 60:02}:{second}Z"

    def bodies(self):
        """Return the webhooks of the whole meeting: start, joins, leaves, end."""
        result = [sample("meeting.started")]
        start = result[0]["payload"]["object"]
        start["start_time"] = "2026-05-04T08:00:00Z"
        for _kind, name, email, device, uuid, join, leave in self.connections():
            for action, at in (("joined", join), ("left", leave)):
                if at is None:
                    continue
                body = sample(f"meeting.participant_{action}")
                body["payload"]["object"]["start_time"] = "2026-05-04T08:00:00Z"
                row = body["payload"]["object"]["participant"]
                row.update(
                    user_name=name,
                    email=email,
                    user_id=device,
                    participant_uuid=uuid,
                    id="",
                    participant_user_id="",
                )
                if "****" in name:
                    row["phone_number"] = name
                row["join_time" if action == "joined" else "leave_time"] = self.moment(at)
                minute, second = at.split(":")
                body["event_ts"] = 1_777_881_600_000 + (int(minute) * 60 + int(second)) * 1000
                result.append(body)
        ended = sample("meeting.ended")
        ended["payload"]["object"].update(
            start_time="2026-05-04T08:00:00Z", end_time="2026-05-04T09:00:00Z"
        )
        ended["event_ts"] = 1_777_885_200_500
        return [result[0], *sorted(result[1:], key=lambda body: body["event"]), ended]

    def expected(self):
        """Return Counter of (name shown first, seconds): everybody of the table."""
        wanted = Counter()
        for _kind, (seconds, _how, rows) in TABLE.items():
            for copy in range(COPIES):
                wanted[(rows[0][1].format(n=copy) or rows[0][0].format(n=copy), seconds)] += 1
        return wanted

    def found(self, held):
        return Counter(((one.email or one.name), one.duration) for one in held.participant_ids)

    def check(self, held):
        self.assertEqual(self.found(held), self.expected())
        self.assertEqual(held.participant_count, TOTAL_PEOPLE)
        self.assertEqual(held.person_seconds, TOTAL_SECONDS)
        # 28,361 / 20 kinds / 3,600 s
        self.assertAlmostEqual(held.average_share, 0.393903, places=5)

    def test_the_hand_made_sums_are_right(self):
        """The table itself: 20 kinds whose seconds add up to what was written down."""
        self.assertEqual(len(TABLE) * COPIES, TOTAL_PEOPLE)
        self.assertEqual(sum(row[0] for row in TABLE.values()), 28_361)

    def test_in_order(self):
        self.apply(*self.bodies(), split_calls=False)
        self.check(self.meeting().instance_ids)

    def test_shuffled_doubled_and_in_small_batches(self):
        bodies = self.bodies()
        rng = random.Random(4)
        mixed = bodies + rng.sample(bodies, len(bodies) // 10)
        rng.shuffle(mixed)
        for begin in range(0, len(mixed), 150):
            # The drain takes the events of one type of a batch together.
            batch = sorted(mixed[begin : begin + 150], key=lambda body: body["event"])
            self.apply(*batch, split_calls=False)
        self.check(self.meeting().instance_ids)

    def test_confidential_gives_the_same_sums(self):
        self.apply(self.bodies()[0])
        self.meeting().keep_confidential = True
        bodies = self.bodies()
        random.Random(5).shuffle(bodies)
        self.apply(*bodies, split_calls=False)
        held = self.meeting().instance_ids
        self.assertFalse(held.participant_ids)
        self.assertEqual(
            (held.participant_count, held.person_seconds), (TOTAL_PEOPLE, TOTAL_SECONDS)
        )

    def test_from_the_report_alone(self):
        """Zoom's report, one row per stay: the same people and seconds, whoever has an address.

        The report tells guests apart by connection only, so a guest who came back is two people in
        it (vendor page "Get meeting participant reports"); those kinds are left out.
        """
        self.apply(*[self.bodies()[0], self.bodies()[-1]])
        held = self.meeting().instance_ids
        twice = ("guest rejoins", "telephone rejoins")
        rows = []
        for kind, name, email, device, _uuid, join, leave in self.connections():
            if kind in twice:
                continue
            rows.append(
                ParticipantRow.read(
                    {
                        "id": "",
                        "user_id": device,
                        "name": name,
                        "user_email": email.lower(),
                        "join_time": self.moment(join),
                        "leave_time": self.moment(leave or REPORTED[kind]),
                        "duration": 1,
                    },
                    [],
                )
            )
        seen = [self.env["zoom.import"]._row_observation(row, 1) for row in rows]
        self.assertTrue(all(isinstance(one, people.Observation) for one in seen))
        self.env["zoom.participant"]._upsert_stays({held: seen})
        wanted = Counter()
        for kind, (seconds, _how, table_rows) in TABLE.items():
            if kind in twice:
                continue
            for copy in range(COPIES):
                key = table_rows[0][1].format(n=copy) or table_rows[0][0].format(n=copy)
                wanted[(key, seconds)] += 1
        self.assertEqual(self.found(held), wanted)

    def test_events_first_then_the_report(self):
        """The report replaces what it covers and counts nobody twice."""
        self.apply(*self.bodies(), split_calls=False)
        held = self.meeting().instance_ids
        rows = [
            people.Observation(
                at=2_000_000_000_000,
                device=device,
                join=self.at(self.moment(join)[:-1].replace("T", " ")),
                leave=self.at(self.moment(leave or REPORTED[kind])[:-1].replace("T", " ")),
                reported=True,
                values={"name": name, **({"email": email.lower()} if email else {})},
            )
            for kind, name, email, device, _uuid, join, leave in self.connections()
        ]
        self.env["zoom.participant"]._upsert_stays({held: rows})
        self.env.invalidate_all()
        self.check(held)
