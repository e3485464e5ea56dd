"""What exists in the sandbox's Zoom account, as plain objects without any JSON shape."""

import base64
import random
import uuid as uuidlib
from dataclasses import dataclass, field
from datetime import datetime

from ..core.media import Content

GONE = ("deleted", "disassociated")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass
class User:
    """A user of the account. type: 1 Basic, 2 Licensed; status active, inactive or pending."""

    id: str
    first_name: str
    last_name: str
    email: str
    created: datetime
    last_login: datetime
    type: int = 2
    role_id: str = "2"
    timezone: str = "Europe/Madrid"
    dept: str = ""
    pmi: int = 5550000001
    status: str = "active"
    language: str = "en-US"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Occurrence:
    """One date of a series. id is the epoch milliseconds of its original start."""

    id: str
    start: datetime
    duration: int
    status: str = "available"
    overrides: dict = field(default_factory=dict)


@dataclass
class Registrant:
    """A person registered for a meeting; status approved, pending or denied."""

    id: str
    email: str
    first_name: str
    last_name: str
    fields: dict
    status: str
    created: datetime
    pin: int
    join_url: str


@dataclass
class Meeting:
    """A meeting number with its plan. duration in minutes; bin: "" exists, trash, gone."""

    id: int
    uuid: str
    host_id: str
    topic: str
    type: int
    start: datetime | None
    duration: int
    timezone: str
    created: datetime
    password: str
    settings: dict
    agenda: str = ""
    status: str = "waiting"
    recurrence: dict | None = None
    occurrences: list[Occurrence] = field(default_factory=list)
    tracking_fields: list = field(default_factory=list)
    creation_source: str = "open_api"
    pre_schedule: bool = False
    bin: str = ""
    registrants: dict[str, Registrant] = field(default_factory=dict)


@dataclass(slots=True)
class Stay:
    """One join of one person: a row of the participant reports."""

    user_id: str
    zoom_id: str
    name: str
    email: str
    join: datetime
    leave: datetime | None
    participant_uuid: str = ""
    status: str = "in_meeting"
    registrant_id: str = ""
    customer_key: str = ""
    internal: bool = False

    def go(self, moment: datetime) -> None:
        """The person leaves."""
        self.leave = moment

    @property
    def gone(self) -> datetime:
        """When the person left; rows of ended meetings always have it."""
        if self.leave is None:
            raise ValueError("this person is still in the meeting")
        return self.leave


@dataclass
class RecordingFile:
    """One file of a cloud recording; bin: "" there, trash, gone."""

    id: str
    key: str
    start: datetime
    end: datetime
    file_type: str
    extension: str
    recording_type: str
    content: Content
    status: str = "completed"
    bin: str = ""
    deleted: datetime | None = None
    file_name: str = ""


@dataclass
class Recording:
    """The cloud recording of one instance."""

    share_key: str
    password: str
    passcode: str
    files: list[RecordingFile] = field(default_factory=list)
    audio_files: list[RecordingFile] = field(default_factory=list)
    ready: bool = True
    transcript_at: datetime | None = None
    topic: str = ""

    def finish(self) -> None:
        """Processing is over: the files can be listed and fetched."""
        self.ready = True


@dataclass
class Instance:
    """One run of a meeting. end None while it is live."""

    uuid: str
    meeting_id: int
    host_id: str
    topic: str
    type: int
    start: datetime
    end: datetime | None
    timezone: str
    scheduled: int
    stays: list[Stay] = field(default_factory=list)
    recording: Recording | None = None
    source: str = "Zoom"

    def enter(self, stay: Stay) -> None:
        """Somebody joins while the run is live."""
        self.stays.append(stay)

    @property
    def ended(self) -> datetime:
        """When the run ended. Raises ValueError while it is live."""
        if self.end is None:
            raise ValueError("this run has not ended")
        return self.end

    @property
    def film(self) -> Recording:
        """The recording. Raises ValueError when there is none."""
        if self.recording is None:
            raise ValueError("this run was not recorded")
        return self.recording


class Ids:
    """Invented identifiers in the vendor's forms, reproducible from a seed."""

    def __init__(self, seed: int = 0):
        self.rng = random.Random(seed)
        self._uuids = 0
        self._used: set[int] = set()

    def word(self, length: int) -> str:
        return "".join(self.rng.choices(LETTERS, k=length))

    def meeting(self) -> int:
        """An 11-digit meeting number, never given twice."""
        while True:
            number = self.rng.randint(80_000_000_000, 89_999_999_999)
            if number not in self._used:
                self._used.add(number)
                return number

    def uuid(self, form: str | None = None) -> str:
        """Base64 of 16 bytes. form: "slash" starts with /, "double" contains //, None by turns."""
        self._uuids += 1
        text = base64.b64encode(self.rng.randbytes(16)).decode()
        if form is None:
            form = {3: "slash", 6: "double", 8: "inner"}.get(self._uuids % 10, "plain")
        if form == "slash":
            return "/" + text[1:]
        text = text.replace("/", "x")
        if form == "double":
            return text[:2] + "//" + text[4:]
        if form == "inner":
            return text[:5] + "/" + text[6:9] + "+" + text[10:]
        return text

    def guid(self) -> str:
        return str(uuidlib.UUID(int=self.rng.getrandbits(128), version=4))


class World:
    """Everything the account holds, with the look-ups that the API needs."""

    def __init__(self, seed: int = 0):
        self.ids = Ids(seed)
        self.users: dict[str, User] = {}
        self.meetings: dict[int, Meeting] = {}
        self.instances: dict[str, Instance] = {}
        self.runs: dict[int, list[Instance]] = {}
        self.files: dict[str, tuple[Instance, RecordingFile]] = {}
        self.templates: dict[str, list[dict]] = {}

    def user(self, key: str) -> User | None:
        """A user by id or by e-mail address; those who have left are not found."""
        found = self.users.get(key)
        if found is None:
            key = key.lower()
            found = next((user for user in self.users.values() if user.email == key), None)
        return found if found is not None and found.status not in GONE else None

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def meeting(self, number: int) -> Meeting | None:
        """A meeting that is not deleted."""
        meeting = self.meetings.get(number)
        return meeting if meeting is not None and not meeting.bin else None

    def add_instance(self, instance: Instance) -> Instance:
        self.instances[instance.uuid] = instance
        runs = self.runs.setdefault(instance.meeting_id, [])
        runs.append(instance)
        runs.sort(key=lambda run: run.start)
        return instance

    def ended(self, meeting_id: int) -> list[Instance]:
        """The finished runs of a meeting, oldest first."""
        return [run for run in self.runs.get(meeting_id, []) if run.end is not None]

    def live(self, meeting_id: int) -> Instance | None:
        """The run under way, if any."""
        return next((run for run in self.runs.get(meeting_id, []) if run.end is None), None)

    def add_file(self, instance: Instance, file: RecordingFile) -> RecordingFile:
        self.files[file.key] = (instance, file)
        return file
