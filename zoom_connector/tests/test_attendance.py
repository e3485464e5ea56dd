import itertools
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..tools.attendance import Stay, pair, union_seconds
from ..tools.people import Observation, group


def at(minute, second=0):
    return datetime(2026, 5, 4, 8, minute, second)


class TestPairing(BaseCase):
    """Joins and leaves become stays, whatever of them is missing."""

    def test_re_join(self):
        stays = pair([at(0), at(20)], [at(10), at(30)])
        self.assertEqual(stays, [Stay(at(0), at(10)), Stay(at(20), at(30))])

    def test_leave_without_join_waits_for_it(self):
        self.assertEqual(pair([], [at(10)]), [Stay(None, at(10))])
        self.assertEqual(pair([at(1)], [at(10)]), [Stay(at(1), at(10))])

    def test_open_stay_ends_with_the_meeting(self):
        self.assertEqual(pair([at(0)], []), [Stay(at(0), None)])
        self.assertEqual(pair([at(0)], [], stop=at(50)), [Stay(at(0), at(50), inferred=True)])

    def test_lost_leave_ends_at_the_next_join(self):
        stays = pair([at(0), at(20)], [at(30)])
        self.assertEqual(stays, [Stay(at(0), at(20), inferred=True), Stay(at(20), at(30))])

    def test_leave_and_join_in_the_same_second(self):
        stays = pair([at(0), at(10)], [at(10), at(20)])
        self.assertEqual(stays, [Stay(at(0), at(10)), Stay(at(10), at(20))])

    def test_came_and_went_within_a_second(self):
        self.assertEqual(pair([at(5)], [at(5)]), [Stay(at(5), at(5))])

    def test_join_after_the_end_of_the_meeting_is_not_negative(self):
        stays = pair([at(51)], [], stop=at(50))
        self.assertEqual(stays, [Stay(at(51), at(51), inferred=True)])

    def test_report_replaces_what_it_covers(self):
        stays = pair(
            [at(0, 1), at(40)], [at(10, 2), at(45)], reported=[(at(0), at(10))], stop=at(50)
        )
        self.assertEqual(stays, [Stay(at(0), at(10), reported=True), Stay(at(40), at(45))])

    def test_overlapping_devices_count_once(self):
        spans = [(at(0), at(30)), (at(10), at(20)), (at(25), at(40)), (at(50), at(55))]
        self.assertEqual(union_seconds(spans), 45 * 60)

    def test_unknown_ends_count_nothing(self):
        self.assertEqual(union_seconds([(at(0), None), (None, at(5))]), 0)


class TestIdentity(BaseCase):
    """Who is who does not depend on the order in which people are seen."""

    def seen(self, minute, **values):
        return Observation(
            at=minute,
            device=values.pop("device", None),
            participant_uuid=values.pop("uuid", None),
            join=at(0) + timedelta(minutes=minute),
            values=values,
        )

    def people(self, observations):
        return sorted(
            sorted(o.at for o in person.observations) for person in group([], observations)
        )

    def assert_always(self, observations, expected):
        for order in itertools.permutations(observations):
            self.assertEqual(self.people(order), expected)

    def test_two_devices_of_one_person(self):
        self.assert_always(
            [
                self.seen(1, device="1", email="a@example.com", zoom_user_id="A"),
                self.seen(2, device="2", email="A@Example.com"),
                self.seen(3, device="3", zoom_user_id="A"),
            ],
            [[1, 2, 3]],
        )

    def test_guests_of_one_name_are_two(self):
        self.assert_always(
            [
                self.seen(1, device="1", uuid="U1", name="iPhone"),
                self.seen(2, device="2", uuid="U2", name="iPhone"),
            ],
            [[1], [2]],
        )

    def test_guest_who_comes_back(self):
        self.assert_always(
            [
                self.seen(1, device="1", uuid="U1", name="Gia"),
                self.seen(2, device="9", uuid="U1", name="gia "),
                self.seen(3, device="3", uuid="U1", name="Somebody else"),
            ],
            [[1, 2], [3]],
        )

    def test_leave_without_identity_belongs_to_its_join(self):
        self.assert_always(
            [
                self.seen(1, device="1", uuid="U1", name="Rita", email="rita@example.com"),
                self.seen(2, device="1", uuid="U1", name="Rita"),
                self.seen(3, device="2", uuid="U2", name="Rita"),
            ],
            [[1, 2], [3]],
        )

    def test_one_connection_never_makes_two_known_people_one(self):
        self.assert_always(
            [
                self.seen(1, device="1", email="a@example.com"),
                self.seen(2, device="1", email="b@example.com"),
            ],
            [[1], [2]],
        )

    def test_two_who_turn_out_to_be_one(self):
        self.assert_always(
            [
                self.seen(1, device="1", email="a@example.com"),
                self.seen(2, device="2", zoom_user_id="A"),
                self.seen(3, device="3", zoom_user_id="A", email="a@example.com"),
            ],
            [[1, 2, 3]],
        )
