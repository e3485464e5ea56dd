"""The one way in which anything becomes a zoom.participant or a zoom.participant.stay."""

import json
import math
from collections import defaultdict

from odoo import api, fields, models

from ..tools import attendance, people, privacy
from .marks import Mark

MAX_REASON = 200
EXTERNAL = "External participant"


class ZoomParticipant(models.Model):
    _inherit = "zoom.participant"

    @api.model
    def _upsert_stays(self, observations):
        """Bring people and stays of instances up to date.

        A handful of queries for all instances together. Repeats change nothing, and the result
        does not depend on the order in which observations arrive.

        :param dict observations: zoom.meeting.instance record -> list of `people.Observation`;
            an empty list works the stays out again (after the end of the meeting became known)
        """
        nameless = {held: seen for held, seen in observations.items() if held.confidential}
        self.env["zoom.meeting.instance"]._count_nameless(nameless)
        observations = {held: seen for held, seen in observations.items() if held not in nameless}
        instances = self.env["zoom.meeting.instance"].union(*observations)
        if not instances:
            return
        # Ignored people are archived; what is told about them later still has to find them.
        self = self.with_context(active_test=False)
        self._hide_externals(observations)
        known = defaultdict(list)
        records = self.search([("instance_id", "in", instances.ids)], order="id")
        stays = records.stay_ids
        stays_of = stays.grouped("participant_id")
        for record in records:
            known[record.instance_id].append(record._as_person(stays_of.get(record, stays[:0])))
        plans = []
        for instance in instances:
            persons = people.group(known[instance], observations[instance])
            basis = instance._attendance_basis()
            if basis != instance.attendance_basis:
                instance.attendance_basis = basis
            elif observations[instance]:
                # Of a big meeting most people are as they were.
                persons = [one for one in persons if one.observations or one.merged]
            plans += [(instance, person, self._work_out(instance, person)) for person in persons]
        self._match_people(plans)
        changed = self._store_persons(plans)
        changed |= self._store_stays(plans)
        for instance in changed:
            instance._summarise_attendance()

    def _as_person(self, stays):
        self.ensure_one()
        return people.Person(
            keys=set(self.identity_keys or []),
            ref=self,
            values={name: self[name] for name in people.VALUES},
            stamps=dict(self.register or {}),
            stays=list(stays),
        )

    # -- working out -------------------------------------------------------------------------------

    @api.model
    def _work_out(self, instance, person):
        """Return {"vals": participant values, "stays": {device: [Stay]}, "info": {...}}."""
        points = defaultdict(lambda: {"joins": set(), "leaves": set(), "reported": set()})
        info = {}
        for stay in person.stays:
            device = points[stay.device or ""]
            if stay.reported:
                leave = None if stay.leave_inferred else stay.leave_time
                device["reported"].add((stay.join_time, leave))
            else:
                if stay.join_time:
                    device["joins"].add(stay.join_time)
                if stay.leave_time and not stay.leave_inferred:
                    device["leaves"].add(stay.leave_time)
            info.setdefault(
                stay.device or "", (stay.participant_uuid or "", stay.leave_reason or "")
            )
        for seen in person.observations:
            if not (seen.join or seen.leave):
                continue
            key = seen.device or seen.participant_uuid or ""
            if seen.reported:
                points[key]["reported"].add((seen.join, seen.leave or None))
            else:
                points[key]["joins"] |= {seen.join} - {None}
                points[key]["leaves"] |= {seen.leave} - {None}
            old = info.get(key, ("", ""))
            info[key] = (
                max(old[0], seen.participant_uuid or ""),
                max(old[1], (seen.leave_reason or "")[:MAX_REASON]),
            )
        stop = instance.stop or None
        spans = {
            device: attendance.pair(stop=stop, **sets) for device, sets in sorted(points.items())
        }
        return {
            "vals": self._person_vals(instance, person, [s for row in spans.values() for s in row]),
            "stays": spans,
            "info": info,
        }

    @api.model
    def _person_vals(self, instance, person, spans):
        values = person.values
        joins = [span.join for span in spans if span.join]
        leaves = [span.leave for span in spans if span.leave]
        is_open = any(span.join and not span.leave for span in spans)
        seconds = attendance.union_seconds([(span.join, span.leave) for span in spans])
        role = values.get("role_raw") if "role_raw" in person.stamps else None
        if not role:
            host = instance.meeting_id.host_id.zoom_id
            role = "host" if host and values.get("zoom_user_id") == host else "attendee"
        if is_open and not instance.stop:
            state = "waiting" if values.get("waiting") else "inside"
        elif spans:
            state = "left"
        else:
            state = "absent" if instance.stop else "waiting"
        return {
            "instance_id": instance.id,
            "name": values.get("name") or values.get("email") or self._nameless(instance),
            "email": values.get("email") or False,
            "zoom_user_id": values.get("zoom_user_id") or False,
            "registrant_id": values.get("registrant_id") or False,
            "customer_key": values.get("customer_key") or False,
            "waiting": bool(values.get("waiting")),
            "is_guest": not values.get("zoom_user_id"),
            "role_raw": role,
            "identity_keys": sorted(person.keys),
            "register": person.stamps,
            "join_time": min(joins) if joins else False,
            "leave_time": max(leaves) if leaves and not is_open else False,
            "duration": seconds,
            "share": min(seconds / instance.duration, 1.0) if instance.duration else 0.0,
            "state": state,
        }

    @api.model
    def _nameless(self, instance):
        if instance.integration_id.participant_level == "internal":
            return EXTERNAL
        return self.env._("Guest")

    # -- contacts ------------------------------------------------------------------------------------

    @api.model
    def _match_people(self, plans):
        """Add to the values of each plan what the rules make of the person (`zoom.people`)."""
        undecided = defaultdict(list)
        for instance, person, plan in plans:
            refs = self._refs(person)
            vals = plan["vals"]
            # Once more while there is an address and no contact: one may have been entered since.
            open_question = vals["email"] and not any(ref.partner_id for ref in refs)
            told = ("name", "email", "zoom_user_id")
            if not refs or open_question or any(vals[name] != refs[0][name] for name in told):
                undecided[instance.integration_id].append((vals, refs))
        for integration, rows in undecided.items():
            self._match_rows(integration, rows)

    @api.model
    def _match_rows(self, integration, rows):
        """Decide about people of one account.

        :param list rows: (values of zoom.participant, the records that they are for)
        """
        matching = self.env["zoom.people"]
        decisions = matching._decide(integration, [vals for vals, _refs in rows])
        names = {
            vals["email"]: vals["name"]
            for (vals, _refs), decision in zip(rows, decisions, strict=True)
            if decision.create and not self._by_hand(_refs)
        }
        created = matching._make_contacts(integration, names) if names else {}
        for (vals, refs), decision in zip(rows, decisions, strict=True):
            partner = decision.partner or created.get(vals["email"], decision.partner)
            vals.update(
                active=decision.action != "ignore",
                rule_id=decision.rule.id,
                affiliation=decision.affiliation,
            )
            if not self._by_hand(refs) and partner:
                vals["partner_id"] = partner.id
        matching._ask_about_doubles(integration, decisions)

    @api.model
    def _by_hand(self, refs):
        """Return whether a person chose the contact of one of these records."""
        return any(ref.partner_by_hand for ref in refs)

    @api.model
    def _refs(self, person):
        """Return the records that turned out to be this one person, the oldest first."""
        refs = [p.ref for p in (person, *person.merged) if p.ref is not None]
        return sorted(refs, key=lambda record: record.id)

    # -- storing -------------------------------------------------------------------------------------

    @api.model
    def _store_persons(self, plans):
        """Create, update and merge participants; set `plan["record"]`. Return changed instances."""
        changed = self.env["zoom.meeting.instance"]
        fresh, surplus = [], self.browse()
        for instance, person, plan in plans:
            vals = plan["vals"]
            refs = self._refs(person)
            if not refs:
                fresh.append((plan, vals))
                changed |= instance
                continue
            record = plan["record"] = refs[0]
            for other in refs[1:]:
                surplus |= other
                if other.partner_id and not record.partner_id:
                    vals["partner_id"] = other.partner_id.id
            if record.partner_id and "partner_id" in vals:
                # Found once, it stays; contacts are moved by people, or by merging.
                vals["partner_id"] = record.partner_id.id
            diff = {
                name: value
                for name, value in vals.items()
                if name != "instance_id" and value != record._comparable(name)
            }
            if diff:
                record.with_context(zoom_matching=Mark.MATCH).write(diff)
            if diff or refs[1:]:
                changed |= instance
        created = self.create([vals for _plan, vals in fresh])
        for (plan, _vals), record in zip(fresh, created, strict=True):
            plan["record"] = record
        self._surplus_stays(surplus, plans)
        return changed

    def _comparable(self, name):
        value = self[name]
        return value.id if name in ("partner_id", "rule_id") else value

    @api.model
    def _surplus_stays(self, surplus, plans):
        """Remove the records of people who were found to be somebody known already."""
        if not surplus:
            return
        gone = surplus.stay_ids
        for _instance, person, _plan in plans:
            person.stays = [stay for stay in person.stays if stay not in gone]
        surplus.unlink()

    @api.model
    def _store_stays(self, plans):
        """Create, change and remove stays. Return the instances whose stays changed."""
        Stay = self.env["zoom.participant.stay"]
        changed = self.env["zoom.meeting.instance"]
        fresh, gone = [], Stay
        for instance, person, plan in plans:
            rows = []
            for device, spans in plan["stays"].items():
                uuid, reason = plan["info"].get(device, ("", ""))
                rows += [
                    {
                        "device": device,
                        "participant_uuid": uuid or False,
                        "join_time": span.join or False,
                        "leave_time": span.leave or False,
                        "leave_inferred": span.inferred,
                        "reported": span.reported,
                        "leave_reason": reason or False,
                    }
                    for span in spans
                ]
            free = list(person.stays)
            for vals in rows:
                stay = self._take_stay(free, vals)
                if stay is None:
                    fresh.append({**vals, "participant_id": plan["record"].id})
                    changed |= instance
                    continue
                diff = {name: value for name, value in vals.items() if stay[name] != value}
                if diff:
                    stay.write(diff)
                    changed |= instance
            gone |= Stay.union(*free)
            if free:
                changed |= instance
        gone.unlink()
        Stay.create(fresh)
        return changed

    @api.model
    def _take_stay(self, free, vals):
        """Take the stored stay that `vals` describe out of `free`: same device, same join or leave."""
        best = None
        for stay in free:
            if (stay.device or "") != vals["device"]:
                continue
            same_join = stay.join_time == vals["join_time"]
            same_leave = stay.leave_time == vals["leave_time"]
            score = 2 * (same_join and bool(stay.join_time)) + (
                same_leave and bool(stay.leave_time)
            )
            if score and (best is None or score > best[0]):
                best = (score, stay)
        if best is None:
            return None
        free.remove(best[1])
        return best[1]

    # -- privacy -------------------------------------------------------------------------------------

    @api.model
    def _hide_externals(self, observations):
        """Keep only attendance, no identity, of people outside the account where it says so."""
        for integration in self.env["zoom.integration"].union(
            *(instance.integration_id for instance in observations)
        ):
            if integration.participant_level != "internal":
                continue
            rows = [
                seen
                for instance, seen_list in observations.items()
                if instance.integration_id == integration
                for seen in seen_list
            ]
            internal = integration._internal_identities(rows)
            for instance, seen_list in observations.items():
                if instance.integration_id != integration:
                    continue
                digest = integration._people_digest(instance.uuid)
                for seen in seen_list:
                    told = {seen.values.get("zoom_user_id"), seen.values.get("email")}
                    if not told & internal:
                        # One-way: recognised again within the meeting, but not named.
                        privacy.conceal(seen, digest)


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    attendance_basis = fields.Char(
        readonly=True, help="With what everybody's attendance was worked out the last time."
    )

    def _attendance_basis(self):
        """Return all that the figures of every person depend on, besides what he did himself."""
        self.ensure_one()
        return json.dumps(
            [
                str(self.start),
                str(self.stop),
                self.meeting_id.host_id.zoom_id,
                self.integration_id.participant_level,
            ]
        )

    def _summarise_attendance(self):
        """Work out the sums shown on lists, from the people of one instance."""
        self.ensure_one()
        people_inside = self.participant_ids.filtered(lambda one: one.join_time and one.active)
        self.write(
            {
                "participant_count": len(people_inside),
                "person_seconds": sum(people_inside.mapped("duration")),
                # fsum: the same to the last bit in whatever order the people are.
                "average_share": (
                    math.fsum(people_inside.mapped("share")) / len(people_inside)
                    if people_inside
                    else 0.0
                ),
                # Written at every change: of two transactions that change the same meeting at once
                # the second one fails to serialize and is done again.
                "attendance_version": self.attendance_version + 1,
            }
        )
