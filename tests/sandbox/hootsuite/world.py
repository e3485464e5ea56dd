"""What exists in the sandbox's Hootsuite, as plain objects without any JSON shape."""

import random
import time
import uuid as uuidlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Member:
    """A person with a Hootsuite login. roles: organization id -> admin, editor or limited."""

    id: str
    email: str
    full_name: str
    created: datetime
    modified: datetime
    roles: dict[str, str] = field(default_factory=dict)
    active: bool = True
    company: str = ""
    bio: str = ""
    timezone: str = "Europe/Madrid"
    language: str = "en"


@dataclass
class Organization:
    """An organization; ``tags`` are the message tags that exist in it."""

    id: str
    name: str
    tags: set[str] = field(default_factory=set)


@dataclass
class Team:
    """A team of an organization, with the ids of its members and profiles."""

    id: str
    organization_id: str
    name: str
    created: datetime
    created_by: str
    modified: datetime
    modified_by: str
    members: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)


@dataclass
class Profile:
    """A connected social profile. owner is MEMBER or ORGANIZATION.

    ``publishing`` is what becomes of posts: auto (sent, unless a rule of the network says no), sent or
    failed. ``refusal`` is an ``errors`` row that POST /v1/messages answers for it.
    """

    id: str
    type: str
    network_id: str
    username: str
    owner: str
    owner_id: str
    reauth: int = 0
    publishing: str = "auto"
    approval: bool = False
    refusal: dict | None = None

    @property
    def organization_id(self) -> str | None:
        return self.owner_id if self.owner == "ORGANIZATION" else None


@dataclass
class Media:
    """An uploaded file, or the place for one. ready is None until the bytes have come."""

    id: str
    key: str
    size: int
    mime_type: str
    expires: float
    content: bytes | None = None
    ready_at: float | None = None


@dataclass
class Message:
    """One post to one profile. scheduled is None for one that is sent at once."""

    id: str
    profile_id: str
    state: str
    text: str | None
    scheduled: datetime | None
    created_by: str | None
    updated_by: str | None
    fields: dict = field(default_factory=dict)
    media: list[dict] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    webhook_urls: list[str] = field(default_factory=list)
    reviewers: list[dict] = field(default_factory=list)
    sequence: int | None = None
    post_id: str | None = None
    sent: datetime | None = None
    hidden_until: float = 0.0
    actions: list[dict] = field(default_factory=list)
    has_video: bool = False


@dataclass
class Comment:
    """An outgoing comment under review."""

    id: str
    profile_id: str
    text: str
    created: datetime
    creator_id: str
    creator_name: str
    parent_id: str
    parent_type: str
    state: str
    sequence: int
    actions: list[dict] = field(default_factory=list)


@dataclass
class Contact:
    """A customer as one network shows him. ``person`` is who he really is (the ground truth)."""

    id: str
    medium: str
    network_id: str
    name: str
    handle: str
    person: dict
    attributes: list[dict] = field(default_factory=list)


@dataclass
class Turn:
    """One message of a conversation. direction INBOUND or OUTBOUND."""

    id: str
    direction: str
    text: str
    attachment: str | None = None


@dataclass
class Conversation:
    """A private conversation in the Inbox. holder: agent (virtual), human, none."""

    id: str
    medium: str
    channel: dict
    contact: Contact
    language: str
    created: datetime
    truth: dict
    status: str = "new"
    holder: str = "agent"
    turns: list[Turn] = field(default_factory=list)
    topics: list[dict] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: list[dict] = field(default_factory=list)
    attachments: dict[str, int] = field(default_factory=dict)
    deadline: float | None = None
    told: list[str] = field(default_factory=list)


class Ids:
    """Invented identifiers in the vendor's forms, reproducible from a seed."""

    def __init__(self, seed: int = 0):
        self.rng = random.Random(seed)
        self._message = 4950336486
        self._made = 0
        self._comment = 4138476039
        self._object = 15240900

    def message(self, seeded: bool = False) -> str:
        """Seeded ones are the same at each start; those made later never come twice, not even after one."""
        if seeded:
            self._message += 1
            return str(self._message)
        self._made = max(self._made + 1, int(time.time() * 1000))
        return str(self._made)

    def comment(self) -> str:
        self._comment += 1
        return str(self._comment)

    def object(self) -> str:
        self._object += 1
        return str(self._object)

    def guid(self) -> str:
        return str(uuidlib.UUID(int=self.rng.getrandbits(128), version=4))

    def digits(self, length: int) -> str:
        return "".join(self.rng.choices("0123456789", k=length))


class World:
    """Everything there is, with the look-ups that the API needs."""

    def __init__(self, seed: int = 0):
        self.seed = seed
        self.ids = Ids(seed)
        self.members: dict[str, Member] = {}
        self.organizations: dict[str, Organization] = {}
        self.teams: dict[str, Team] = {}
        self.profiles: dict[str, Profile] = {}
        self.media: dict[str, Media] = {}
        self.messages: dict[str, Message] = {}
        self.comments: dict[str, Comment] = {}
        self.contacts: dict[str, Contact] = {}
        self.conversations: dict[str, Conversation] = {}

    def member_by(self, key: str) -> Member | None:
        """A member by id or by e-mail address."""
        found = self.members.get(key)
        if found is None:
            key = key.lower()
            found = next((m for m in self.members.values() if m.email.lower() == key), None)
        return found

    def members_of(self, organization_id: str) -> list[Member]:
        return [m for m in self.members.values() if organization_id in m.roles]

    def teams_of(self, organization_id: str) -> list[Team]:
        return [t for t in self.teams.values() if t.organization_id == organization_id]

    def profiles_of(self, member: Member) -> list[Profile]:
        """The profiles a member has BASIC_USAGE on: his own, those of his teams, an admin's all."""
        return [p for p in self.profiles.values() if self.uses(member, p)]

    def uses(self, member: Member, profile: Profile) -> bool:
        """Whether the member may use the profile."""
        if profile.owner == "MEMBER":
            return profile.owner_id == member.id
        if member.roles.get(profile.owner_id) == "admin":
            return True
        return any(
            profile.id in team.profiles and member.id in team.members
            for team in self.teams_of(profile.owner_id)
        )
