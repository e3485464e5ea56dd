"""The one way in which the author of a message becomes a handle."""

from dataclasses import dataclass, field

from odoo import api, models
from odoo.tools import SQL, email_normalize

from .hootsuite_profile import NETWORK_KEYS
from .message_marks import Mark

VALUES = ("handle", "name", "email", "phone", "picture_url", "profile_url")


def digits(phone):
    """The digits of a phone number as one compares them: without leading zeros of 00 and 0."""
    return "".join(letter for letter in phone or "" if letter.isdigit()).lstrip("0")


def person_keys(network, sender):
    """Return (keys that name the person on this network, best first; keys that name him anywhere).

    :param sender: :class:`adapters.conversation.Sender`
    """
    here = []
    if sender.key:
        here.append(f"{network}|c:{sender.key}")
    if sender.network_key:
        here.append(f"{network}|n:{sender.network_key}")
    if sender.handle:
        here.append(f"{network}|@{sender.handle.strip().lower()}")
    anywhere = []
    email = email_normalize(sender.email or "")
    if email:
        anywhere.append(f"email|{email}")
    if len(digits(sender.phone)) >= 7:
        anywhere.append(f"phone|{digits(sender.phone)}")
    return here, anywhere


@dataclass(eq=False)
class Slot:
    """A handle that is known (``record``) or will be made."""

    network: str
    record: object = None
    keys: set = field(default_factory=set)
    values: dict = field(default_factory=dict)
    register: dict = field(default_factory=dict)
    dirty: bool = False
    merged: list = field(default_factory=list)  # records that turned out to be this person
    into: object = None  # the slot that took this one over

    def contradicts(self, here):
        """Whether ids that do not change say that this is somebody else."""
        for kind in ("|n:", "|c:"):
            mine = {key for key in self.keys if kind in key}
            theirs = {key for key in here if kind in key}
            if mine and theirs:
                return not mine & theirs
        return False

    def take(self, sender, here, anywhere, stamp):
        """Merge what one message tells: the newest value wins, whatever the order of arrival."""
        more = {*here, *anywhere} - self.keys
        self.keys |= more
        self.dirty = self.dirty or bool(more)
        for name in VALUES:
            value = getattr(sender, name)
            if name == "email":
                value = email_normalize(value or "")
            if value and [stamp, value] > self.register.get(name, ["", ""]):
                self.register[name] = [stamp, value]
                self.values[name] = value
                self.dirty = True


class HootsuiteHandle(models.Model):
    _inherit = "hootsuite.handle"

    @api.model
    def _resolve(self, integration, facts):
        """Return one handle per fact (an empty record where nothing tells who it is).

        A handful of queries for all of them; commutative, and repeats change nothing.

        :param facts: objects with ``sender``, ``network``, ``at`` and perhaps ``direction``
        """
        company = integration.company_id
        rows = []
        for fact in facts:
            network = fact.network if fact.network in NETWORK_KEYS else "other"
            here, anywhere = person_keys(network, fact.sender)
            outgoing = getattr(fact, "direction", "in") == "out"
            rows.append((fact, network, [] if outgoing else here, anywhere))
        by_key = self._known_slots(company, {key for _f, _n, here, _a in rows for key in here})
        slots = []
        for fact, network, here, anywhere in rows:
            slot = self._slot_of(by_key, network, here) if here else None
            if slot:
                slot.take(fact.sender, here, anywhere, fact.at.strftime("%Y-%m-%dT%H:%M:%S.%f"))
                by_key.update(dict.fromkeys(here, slot))
            slots.append(slot)
        unique = list({id(self._final(slot)): self._final(slot) for slot in slots if slot}.values())
        self._store(company, unique)
        own = [slot.record.id for slot in unique if slot.record and slot.dirty]
        self.browse(own)._mark_own(integration)
        return [self._final(slot).record if slot else self.browse() for slot in slots]

    @api.model
    def _final(self, slot):
        while slot.into:
            slot = slot.into
        return slot

    @api.model
    def _known_slots(self, company, keys):
        identities = self.env["hootsuite.handle.identity"].search_fetch(
            [("company_id", "=", company.id), ("key", "in", list(keys))], ["key", "handle_id"]
        )
        handles = identities.handle_id
        handles.fetch(["network", "keys", "register", *VALUES, "partner_id", "is_own"])
        slots = {
            handle: Slot(
                network=handle.network,
                record=handle,
                keys=set(handle.keys or []),
                register=dict(handle.register or {}),
            )
            for handle in handles
        }
        return {identity.key: slots[identity.handle_id] for identity in identities}

    @api.model
    def _slot_of(self, by_key, network, here):
        """Return the person with these keys; several that turn out to be one are joined."""
        found = []
        for key in here:
            slot = by_key.get(key)
            slot = self._final(slot) if slot else None
            if slot and slot not in found and not slot.contradicts(here):
                found.append(slot)
        if not found:
            return Slot(network=network)
        # The one that is stored, and stored first, stays.
        found.sort(key=lambda slot: (slot.record is None, slot.record.id if slot.record else 0))
        first = found[0]
        for other in found[1:]:
            first.keys |= other.keys
            for name, (stamp, value) in other.register.items():
                if [stamp, value] > first.register.get(name, ["", ""]):
                    first.register[name] = [stamp, value]
                    first.values[name] = value
            first.dirty = True
            if other.record:
                first.merged.append(other.record)
            first.merged += other.merged
            other.into = first
        return first

    @api.model
    def _store(self, company, slots):
        """Write and insert handles and their proofs."""
        for slot in slots:
            if slot.record and slot.dirty:
                slot.record.write(
                    {**slot.values, "keys": sorted(slot.keys), "register": slot.register}
                )
            for other in slot.merged:
                slot.record._absorb(other)
        fresh = [slot for slot in slots if slot.record is None]
        if fresh:
            self._insert(company, fresh)
        rows = sorted((key, slot.record.id) for slot in slots if slot.dirty for key in slot.keys)
        if rows:
            # Sorted, so that two workers never wait for each other crosswise.
            self.env.cr.execute(
                SQL(
                    "INSERT INTO hootsuite_handle_identity (company_id, key, handle_id) VALUES %s"
                    " ON CONFLICT (company_id, key) DO NOTHING",
                    SQL(", ").join(
                        SQL("(%s, %s, %s)", company.id, key, handle_id) for key, handle_id in rows
                    ),
                ),
                log_exceptions=False,  # a collision is expected; the batch is applied again
            )

    @api.model
    def _insert(self, company, slots):
        """Insert new handles; another worker's uncommitted twin makes it a serialization error."""
        primary = {}
        for slot in slots:
            here = [key for key in slot.keys if key.startswith(f"{slot.network}|")]
            rank = {"c": 0, "n": 1, "@": 2}
            best = min(here, key=lambda key: (rank[key.partition("|")[2][0]], key))
            primary[best] = slot
        self.env.cr.execute(
            SQL(
                "INSERT INTO hootsuite_handle (company_id, network, key, create_uid, write_uid,"
                " create_date, write_date) VALUES %s ON CONFLICT (company_id, network, key)"
                " DO NOTHING",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
                        company.id,
                        slot.network,
                        key,
                        self.env.uid,
                        self.env.uid,
                    )
                    for key, slot in sorted(primary.items())
                ),
            ),
            log_exceptions=False,  # a collision is expected; the batch is applied again
        )
        made = self.search([("company_id", "=", company.id), ("key", "in", list(primary))])
        for handle in made:
            slot = primary[handle.key]
            slot.record = handle
            slot.dirty = True
            handle.write({**slot.values, "keys": sorted(slot.keys), "register": slot.register})

    def _absorb(self, other):
        """Take over all that belongs to ``other``, which turned out to be the same person."""
        self.ensure_one()
        if other == self:
            return
        if not self.partner_id:
            self.partner_id = other.partner_id
        elif other.partner_id and other.partner_id != self.partner_id:
            self._tell_several(self.partner_id | other.partner_id)
        # sudo: both are one person; whoever's work found it out need not see all of his messages.
        other.sudo().thread_ids.write({"handle_id": self.id})
        other.sudo().message_ids.write({"handle_id": self.id})
        self.env["hootsuite.handle.identity"].search([("handle_id", "=", other.id)]).write(
            {"handle_id": self.id}
        )
        other.with_context(hootsuite_absorbed=Mark.ABSORBED).unlink()

    def _mark_own(self, integration):
        """Recognise colleagues and our own profiles."""
        if not self:
            return
        profiles = self.env["hootsuite.profile"].search(
            [("company_id", "=", integration.company_id.id)]
        )
        refs = {(p.network, p.network_ref) for p in profiles if p.network_ref}
        names = {(p.network, p.name.strip().lower()) for p in profiles}
        emails = {handle.email for handle in self if handle.email}
        staff = set()
        if emails:
            # sudo: whether an address is a colleague's; background work of the account.
            users = (
                self.env["res.users"]
                .sudo()
                .search(
                    [
                        ("share", "=", False),
                        "|",
                        ("login", "in", list(emails)),
                        ("partner_id.email_normalized", "in", list(emails)),
                    ]
                )
            )
            staff = {user.login.lower() for user in users}
            staff |= {user.partner_id.email_normalized for user in users}
            members = self.env["hootsuite.member"].search(
                [("company_id", "=", integration.company_id.id), ("email", "in", list(emails))]
            )
            staff |= {member.email.lower() for member in members}
        for handle in self:
            network_refs = {key.partition("|n:")[2] for key in handle.keys or [] if "|n:" in key}
            own = (
                handle.email in staff
                or any((handle.network, ref) in refs for ref in network_refs)
                or bool(handle.handle and (handle.network, handle.handle.lower()) in names)
            )
            if own != handle.is_own:
                handle.is_own = own
