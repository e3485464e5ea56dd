"""What makes the sandbox send each of the vendor's sample events."""

PRODUCERS: dict = {}


def produces(name):
    """Register what makes the sandbox send the event of a sample; returns the body that must match."""

    def register(function):
        PRODUCERS[name] = function
        return function

    return register


class World:
    """A sandbox with a seeded account whose deliveries are caught."""

    def __init__(self, sandbox, receiver):
        self.sandbox = sandbox
        self.zoom = sandbox.zoom
        self.receiver = receiver
        self.seeded = sandbox.zoom.seed(users=3, meetings=2, recurring=0, past=1, recordings=True)
        self.host = self.seeded["users"][0]["id"]

    def last(self, event):
        bodies = self.receiver.bodies(event)
        assert bodies, f"no {event} was delivered"
        return bodies[-1]

    def plan(self, **fields):
        body = {
            "host_id": self.host,
            "topic": "Example",
            "start_time": "2027-05-04T10:00:00",
            "timezone": "Europe/Madrid",
            "duration": 60,
            "settings": {"meeting_invitees": [{"email": "bob.user@example.com"}]},
            **fields,
        }
        return self.zoom.meeting("create", wait=True, **body)["meeting_id"]

    def series(self):
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
        number = self.plan(type=8, recurrence=rule)
        dates = self.last("meeting.created")["payload"]["object"]["occurrences"]
        return number, dates[1]["occurrence_id"]

    def run(self, **fields):
        fields = {"host_id": self.host, "participants": 4, "guests": 1, "rejoin": 0, **fields}
        return self.zoom.run_meeting(wait=True, **fields)

    def person(self, event, wanted):
        """The first delivery of an event whose participant fulfils a condition."""
        for body in self.receiver.bodies(event):
            if wanted(body["payload"]["object"]["participant"]):
                return body
        raise AssertionError(f"no such {event}")


@produces("endpoint.url_validation.json")
def _challenge(w):
    assert w.zoom.validate()["ok"]
    return w.last("endpoint.url_validation")


@produces("meeting.created.json")
def _created(w):
    w.plan()
    return w.last("meeting.created")


@produces("meeting.created.recurring.json")
def _created_series(w):
    w.series()
    return w.last("meeting.created")


@produces("meeting.updated.json")
def _updated(w):
    number = w.plan()
    w.zoom.meeting(
        "update",
        meeting_id=number,
        topic="Moved",
        start_time="2027-05-04T11:00:00",
        duration=90,
        settings={"waiting_room": True},
        wait=True,
    )
    return w.last("meeting.updated")


@produces("meeting.updated.occurrence.json")
def _updated_date(w):
    number, date = w.series()
    w.zoom.meeting(
        "update", meeting_id=number, occurrence_id=date, start_time="2027-05-13T09:00:00", wait=True
    )
    return w.last("meeting.updated")


def _gone(action, **fields):
    def produce(w):
        number = w.plan()
        w.zoom.meeting("delete", meeting_id=number, wait=True)
        if action != "deleted":
            verb = "recover" if action == "recovered" else "delete"
            w.zoom.meeting(verb, meeting_id=number, wait=True, **fields)
        return w.last(f"meeting.{action}")

    return produce


PRODUCERS["meeting.deleted.json"] = _gone("deleted")
PRODUCERS["meeting.recovered.json"] = _gone("recovered")
PRODUCERS["meeting.permanently_deleted.json"] = _gone("permanently_deleted", permanently=True)


@produces("meeting.deleted.occurrence.json")
def _deleted_date(w):
    number, date = w.series()
    w.zoom.meeting("delete", meeting_id=number, occurrence_id=date, wait=True)
    return w.last("meeting.deleted")


@produces("meeting.started.json")
def _started(w):
    w.run()
    return w.last("meeting.started")


@produces("meeting.ended.json")
def _ended(w):
    w.run()
    return w.last("meeting.ended")


@produces("meeting.participant_joined.json")
def _joined(w):
    w.run()
    return w.person("meeting.participant_joined", lambda p: p["id"] not in ("", w.host))


@produces("meeting.participant_joined.host.json")
def _joined_host(w):
    w.run()
    return w.person("meeting.participant_joined", lambda p: p["id"] == w.host)


def _is_guest(person):
    return person["id"] == person["email"] == person["participant_user_id"] == ""


@produces("meeting.participant_joined.guest.json")
def _joined_guest(w):
    w.run()
    return w.person("meeting.participant_joined", _is_guest)


@produces("meeting.participant_joined.registrant.json")
def _joined_registrant(w):
    number = w.plan(settings={"approval_type": 0})
    w.zoom.register(number, email="rita.registrant@example.com", first_name="Rita", last_name="R")
    w.run(meeting_id=number, registrants=1, participants=3, customer_keys=True)
    return w.person("meeting.participant_joined", lambda p: p.get("registrant_id"))


@produces("meeting.participant_left.json")
def _left(w):
    w.run()
    return w.person("meeting.participant_left", lambda p: p["id"] not in ("", w.host))


@produces("meeting.participant_left.guest.json")
def _left_guest(w):
    w.run()
    return w.person("meeting.participant_left", _is_guest)


def _waiting(event):
    def produce(w):
        w.run()
        return w.last(f"meeting.participant_{event}")

    return produce


for _name in ("joined_waiting_room", "left_waiting_room", "admitted", "role_changed"):
    PRODUCERS[f"meeting.participant_{_name}.json"] = _waiting(_name)


def _registration(action):
    def produce(w):
        number = w.plan(settings={"approval_type": 1})
        made = w.zoom.register(
            number,
            email="rita.registrant@example.com",
            first_name="Rita",
            last_name="R",
            org="Example Ltd",
            auto_approve=action == "created",
            wait=True,
        )
        if action != "created":
            verb = {"approved": "approve", "cancelled": "cancel", "denied": "deny"}[action]
            w.zoom.registrant(
                verb, meeting_id=number, registrant_id=made["registrant_id"], wait=True
            )
        return w.last(f"meeting.registration_{action}")

    return produce


for _name in ("created", "approved", "cancelled", "denied"):
    PRODUCERS[f"meeting.registration_{_name}.json"] = _registration(_name)


def _step(name):
    def produce(w):
        w.run(pause=True)
        return w.last(f"recording.{name}")

    return produce


for _name in ("started", "paused", "resumed", "stopped", "completed", "transcript_completed"):
    PRODUCERS[f"recording.{_name}.json"] = _step(_name)


@produces("recording.completed.two_segments.json")
def _two(w):
    run = w.run(cycles=2)
    assert len({file["id"] for file in run["recording_files"]}) == len(run["recording_files"])
    body = w.last("recording.completed")
    starts = {file["recording_start"] for file in body["payload"]["object"]["recording_files"]}
    assert len(starts) == 2
    return body


def _binned(name, *actions):
    def produce(w):
        run = w.run()
        for action in actions:
            w.zoom.recording(action, uuid=run["uuid"], topic="New name", wait=True)
        return w.last(f"recording.{name}")

    return produce


PRODUCERS["recording.trashed.json"] = _binned("trashed", "trash")
PRODUCERS["recording.deleted.json"] = _binned("deleted", "delete")
PRODUCERS["recording.recovered.json"] = _binned("recovered", "trash", "recover")
PRODUCERS["recording.renamed.json"] = _binned("renamed", "rename")


def _batch(name, *actions):
    def produce(w):
        uuids = [w.run()["uuid"], w.run()["uuid"]]
        for action in actions:
            w.zoom.recording(action, uuids=uuids, wait=True)
        return w.last(f"recording.batch_{name}")

    return produce


PRODUCERS["recording.batch_trashed.json"] = _batch("trashed", "trash")
PRODUCERS["recording.batch_deleted.json"] = _batch("deleted", "trash", "delete")
PRODUCERS["recording.batch_recovered.json"] = _batch("recovered", "trash", "recover")


def _user(name, *actions):
    def produce(w):
        made = w.zoom.user(
            "create", email="nora.new@example.com", first_name="Nora", last_name="New", wait=True
        )
        for action in actions:
            w.zoom.user(
                action,
                user_id=made["user_id"],
                first_name="Norah",
                timezone="Asia/Kolkata",
                wait=True,
            )
        return w.last(f"user.{name}")

    return produce


PRODUCERS["user.created.json"] = _user("created")
PRODUCERS["user.updated.json"] = _user("updated", "update")
PRODUCERS["user.deactivated.json"] = _user("deactivated", "deactivate")
PRODUCERS["user.activated.json"] = _user("activated", "deactivate", "activate")
PRODUCERS["user.deleted.json"] = _user("deleted", "delete")
PRODUCERS["user.disassociated.json"] = _user("disassociated", "disassociate")


@produces("app_deauthorized.json")
def _deauthorized(w):
    w.zoom.deauthorize(wait=True)
    return w.last("app_deauthorized")
