import itertools
import random

from .common import ZoomCase, sample

WHOLE = (
    "meeting.created",
    "meeting.updated",
    "meeting.started",
    "meeting.participant_joined.host",
    "meeting.participant_joined",
    "meeting.participant_joined.guest",
    "meeting.participant_joined_waiting_room",
    "meeting.participant_admitted",
    "meeting.participant_joined.registrant",
    "meeting.participant_role_changed",
    "meeting.participant_left.guest",
    "meeting.participant_left",
    "meeting.ended",
    "meeting.registration_created",
    "meeting.registration_approved",
    "recording.started",
    "recording.stopped",
    "recording.completed",
    "recording.transcript_completed",
    "recording.trashed",
    "recording.recovered",
    "meeting.deleted",
    "meeting.recovered",
    "user.created",
    "user.updated",
    "user.deactivated",
)
SERIES = (
    "meeting.created.recurring",
    "meeting.updated.occurrence",
    "meeting.deleted.occurrence",
)


class TestOrder(ZoomCase):
    """The records that remain do not depend on order or repetition of deliveries."""

    def run_in(self, bodies, number):
        integration = self.new_integration(name=f"Run {number}")
        self.apply(*bodies, integration=integration)
        return self.snapshot(integration)

    def assert_order_free(self, orders):
        first = None
        for number, bodies in enumerate(orders):
            found = self.run_in(bodies, number)
            if first is None:
                first = found
                continue
            for kind, rows in first.items():
                self.assertEqual(found[kind], rows, f"{kind} of run {number}")
        return first

    def test_whole_meeting_shuffled_and_doubled(self):
        bodies = [sample(name) for name in WHOLE]
        orders = [bodies]
        for seed in range(12):
            rng = random.Random(seed)
            mixed = bodies + rng.sample(bodies, len(bodies) // 3)
            rng.shuffle(mixed)
            orders.append(mixed)
        self.assert_order_free([*orders, bodies[::-1]])

    def test_started_ended_joined_left_in_every_order(self):
        bodies = [
            sample(name)
            for name in (
                "meeting.started",
                "meeting.participant_joined",
                "meeting.participant_left",
                "meeting.ended",
            )
        ]
        found = self.assert_order_free(itertools.permutations(bodies))
        self.assertEqual(len(found["stays"]), 1)

    def test_created_updated_deleted_in_every_order(self):
        bodies = [
            sample(name) for name in ("meeting.created", "meeting.updated", "meeting.deleted")
        ]
        found = self.assert_order_free(itertools.permutations(bodies))
        self.assertEqual(len(found["meetings"]), 1)

    def test_series_in_every_order(self):
        self.assert_order_free(itertools.permutations([sample(name) for name in SERIES]))

    def test_one_call_or_many(self):
        bodies = sorted((sample(name) for name in WHOLE), key=lambda body: body["event"])
        integration = self.new_integration(name="One by one")
        self.apply(*bodies, integration=integration)
        together = self.new_integration(name="Together")
        self.apply(*bodies, integration=together, split_calls=False)
        self.assertEqual(self.snapshot(integration), self.snapshot(together))
