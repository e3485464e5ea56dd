"""Who is who among the people of one held meeting.

Zoom names a person differently from event to event: a signed-in person by Zoom id and e-mail, a
registrant by registrant id, a guest only by the id of the connection. Whatever of it is told is kept
as *keys*; two observations are the same person when they share one. The result is a partition of
the set of observations, so it does not depend on their order.
"""

from dataclasses import dataclass, field
from datetime import datetime

from . import register

STRONG = ("zoom:", "mail:", "reg:")
VALUES = ("name", "email", "zoom_user_id", "registrant_id", "customer_key", "role_raw", "waiting")


@dataclass
class Observation:
    """One statement about one person: an event, or one row of a report.

    :ivar at: vendor time of the statement, ms
    :ivar device: id of the connection; equal in the join and in its leave
    :ivar join: when this connection began, `leave` when it ended (naive UTC)
    :ivar reported: from Zoom's report, so `join` and `leave` belong together and are final
    :ivar values: any of VALUES
    :ivar proofs: the keys, when the values must not tell them (`privacy.conceal`)
    """

    at: int
    device: str | None = None
    participant_uuid: str | None = None
    join: datetime | None = None
    leave: datetime | None = None
    reported: bool = False
    leave_reason: str = ""
    values: dict = field(default_factory=dict)
    proofs: frozenset | None = None

    @property
    def keys(self):
        """Return the set of keys that this observation proves."""
        if self.proofs is not None:
            return set(self.proofs)
        values = self.values
        keys = set()
        if values.get("zoom_user_id"):
            keys.add("zoom:" + values["zoom_user_id"])
        if values.get("email"):
            keys.add("mail:" + values["email"].lower())
        if values.get("registrant_id"):
            keys.add("reg:" + values["registrant_id"])
        strong = bool(keys)
        if self.device:
            keys.add("dev:" + self.device)
        # The person id of the instance recognises a guest who comes back on a new connection.
        # Deliveries with one such id for two people have been seen, so the name must agree too.
        name = (values.get("name") or "").strip().casefold()
        if self.participant_uuid and not strong:
            keys.add(f"guest:{self.participant_uuid}|{name}")
        if not keys:
            keys.add("name:" + name)
        return keys


@dataclass
class Person:
    """Everything known about one person in one instance."""

    keys: set
    ref: object = None
    values: dict = field(default_factory=dict)
    stamps: dict = field(default_factory=dict)
    stays: list = field(default_factory=list)
    observations: list = field(default_factory=list)
    merged: list = field(default_factory=list)

    def is_strong(self):
        """Return whether Zoom told who this is, beyond the connection."""
        return any(key.startswith(STRONG) for key in self.keys)

    def learn(self, observation):
        """Take over what an observation says."""
        changed, self.stamps = register.merge(
            self.stamps, self.values, observation.values, observation.at
        )
        self.values = {**self.values, **changed}
        self.observations.append(observation)

    def absorb(self, other):
        """Take over what is known about `other`: it turned out to be the same person."""
        for name, at in other.stamps.items():
            changed, self.stamps = register.merge(
                self.stamps, self.values, {name: other.values.get(name)}, at
            )
            self.values = {**self.values, **changed}
        self.keys |= other.keys
        self.stays += other.stays
        self.observations += other.observations
        self.merged += [other, *other.merged]


def group(persons, observations):
    """Return the persons after the observations; persons found to be one are merged.

    :param list persons: known `Person`s; after a merge `merged` holds those that were taken over
    :param list observations: `Observation`s in any order
    """
    nodes = list(persons)
    for observation in observations:
        node = Person(keys=observation.keys)
        node.learn(observation)
        nodes.append(node)
    nodes = _join(nodes, lambda key, _node: key.startswith(STRONG))
    # A connection links a statement without identity to the person who has one, never two people
    # who both have one.
    nodes = _join(nodes, lambda key, node: not node.is_strong() and not key.startswith(STRONG))
    return _attach_weak(nodes)


def _join(nodes, relevant):
    owners, result = {}, []
    for node in nodes:
        keys = {key for key in node.keys if relevant(key, node)}
        found = sorted({owners[key] for key in keys if key in owners})
        if found:
            home = found[0]
            result[home].absorb(node)
            for other in found[1:]:
                result[home].absorb(result[other])
                for key, owner in owners.items():
                    if owner == other:
                        owners[key] = home
                result[other] = None
        else:
            home = len(result)
            result.append(node)
        owners.update(dict.fromkeys(keys, home))
    return [node for node in result if node is not None]


def _attach_weak(nodes):
    strong = [node for node in nodes if node.is_strong()]
    owners = {}
    for node in sorted(strong, key=lambda person: min(person.keys), reverse=True):
        for key in node.keys:
            if not key.startswith(STRONG):
                owners[key] = node
    result = []
    for node in nodes:
        home = None
        if not node.is_strong():
            candidates = [owners[key] for key in node.keys if key in owners]
            home = min(candidates, key=lambda person: min(person.keys)) if candidates else None
        if home is None:
            result.append(node)
            continue
        home.absorb(node)
    return result
