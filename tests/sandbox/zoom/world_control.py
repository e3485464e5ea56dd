"""Control routes for what people do in Zoom: change meetings, users, recordings, the app itself."""

from aiohttp import web

from ..control import ControlError, control, settings_from
from . import changes, config, errors, events, recordings, registrants
from .half import ZoomHalf
from .world import Instance, Meeting, User

BIN = {"trash": "trash", "delete": "gone", "recover": ""}
PAST = {"trash": "trashed", "delete": "deleted", "recover": "recovered"}


class WorldControl:
    """Handlers of /control/zoom/* that change the account."""

    def __init__(self, box):
        self.box = box

    @property
    def half(self) -> ZoomHalf:
        return self.box.zoom

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "meeting": self.meeting,
            "user": self.user,
            "user_edit": self.user,
            "recording": self.recording,
            "register": self.register,
            "registrant": self.registrant,
            "deauthorize": self.deauthorize,
            "revoke_tokens": self.revoke_tokens,
            "limits": self.limits,
            "app": self.app,
        }
        return [web.post(f"/control/zoom/{name}", control(f)) for name, f in posts.items()]

    async def finish(self, body: dict) -> None:
        if body.get("wait"):
            await self.half.engine.settle()

    def known_meeting(self, body: dict) -> Meeting:
        key = body.get("meeting_id") or body.get("id")
        meeting = self.half.world.meetings.get(int(key)) if key else None
        if meeting is None:
            raise ControlError(f"there is no meeting {key}")
        return meeting

    def known_user(self, key: object) -> User:
        user = self.half.world.users.get(str(key)) or self.half.world.user(str(key))
        if user is None:
            raise ControlError(f"there is no user {key}")
        return user

    async def meeting(self, request: web.Request, body: dict) -> dict:
        """A person changes a meeting in Zoom: create, update, delete, recover."""
        action = body.get("action")
        fields = {
            key: value
            for key, value in body.items()
            if key
            not in ("action", "meeting_id", "id", "host_id", "occurrence_id", "wait", "permanently")
        }
        try:
            if action == "create":
                host = self.known_user(body["host_id"]) if body.get("host_id") else self.half.admin
                meeting = changes.create_meeting(self.half, host, fields, host, "web_portal", True)
            else:
                meeting = self.known_meeting(body)
                operator = self.half.world.users[meeting.host_id]
                if action == "update":
                    changes.update_meeting(
                        self.half, meeting, fields, operator, body.get("occurrence_id")
                    )
                elif action == "delete":
                    changes.delete_meeting(
                        self.half,
                        meeting,
                        operator,
                        body.get("occurrence_id"),
                        bool(body.get("permanently")),
                    )
                elif action == "recover":
                    changes.recover_meeting(self.half, meeting, operator)
                else:
                    raise ControlError("action must be create, update, delete or recover")
        except errors.ZoomError as error:
            raise ControlError(f"{error.message} {error.errors or ''}".strip()) from error
        await self.finish(body)
        return {"meeting_id": meeting.id, "uuid": meeting.uuid, "host_id": meeting.host_id}

    async def user(self, request: web.Request, body: dict) -> dict:
        """An administrator changes a user: create, update, activate, deactivate, delete, disassociate."""
        action = body.get("action")
        if action == "create":
            user = changes.create_user(self.half, body)
        else:
            user = self.known_user(body.get("user_id") or body.get("id") or body.get("email"))
            if action == "update":
                changes.update_user(self.half, user, body)
            elif action in ("activate", "deactivate", "delete", "disassociate"):
                changes.set_user_state(self.half, user, action)
            else:
                raise ControlError("action must be create, update, activate, deactivate or delete")
        await self.finish(body)
        return {"user_id": user.id, "email": user.email, "status": user.status}

    def known_instance(self, uuid: str) -> Instance:
        instance = self.half.world.instances.get(uuid)
        if instance is None or instance.recording is None:
            raise ControlError(f"there is no recording of {uuid}")
        return instance

    async def recording(self, request: web.Request, body: dict) -> dict:
        """A person trashes, deletes, recovers or renames the recording of an instance."""
        action = body.get("action")
        operator = self.half.admin
        now = self.half.clock.now()
        if "uuids" in body:
            if action not in BIN:
                raise ControlError("action must be trash, delete or recover")
            chosen = [self.known_instance(uuid) for uuid in body["uuids"]]
            for instance in chosen:
                for file in instance.film.files:
                    file.bin = BIN[action]
                    file.deleted = now if action == "trash" else None
            self.half.emit(events.recording_batch(PAST[action], chosen, operator, now))
        else:
            instance = self.known_instance(body["uuid"])
            if action == "rename":
                old = instance.film.topic or instance.topic
                instance.film.topic = body["topic"]
                self.half.emit(events.recording_renamed(instance, old, operator, now))
            elif action in ("trash", "delete", "recover"):
                wanted = body.get("file_id")
                files = [f for f in instance.film.files if wanted in (None, f.id)]
                recordings.bin_files(self.half, instance, files, action, operator)
            else:
                raise ControlError("action must be trash, delete, recover or rename")
        await self.finish(body)
        return {"ok": True}

    async def register(self, request: web.Request, body: dict) -> dict:
        """A person registers for a meeting on its registration page."""
        meeting = self.known_meeting(body)
        person = registrants.add(self.half, meeting, body)
        await self.finish(body)
        return {"registrant_id": person.id, "status": person.status}

    async def registrant(self, request: web.Request, body: dict) -> dict:
        """The host approves, denies or cancels a registration."""
        meeting = self.known_meeting(body)
        person = meeting.registrants.get(body["registrant_id"])
        if person is None or body.get("action") not in registrants.STATES:
            raise ControlError("unknown registrant or action")
        operator = self.half.world.users[meeting.host_id]
        registrants.move(self.half, meeting, person, body["action"], operator)
        await self.finish(body)
        return {"registrant_id": person.id, "status": person.status}

    # The app -----------------------------------------------------------------------------------------

    async def deauthorize(self, request: web.Request, body: dict) -> dict:
        """A user removes the app: his tokens die and Zoom says so."""
        user = self.known_user(body["user_id"]) if body.get("user_id") else self.half.admin
        hit = self.half.tokens.revoke_all(user_id=user.id)
        self.half.emit(events.deauthorized(user, self.half.clock.now()))
        await self.finish(body)
        return {"revoked": hit}

    async def revoke_tokens(self, request: web.Request, body: dict) -> dict:
        """Kill all tokens; with access_only the access tokens expire and refreshing still works."""
        return {"revoked": self.half.tokens.revoke_all(access_only=bool(body.get("access_only")))}

    async def limits(self, request: web.Request, body: dict) -> dict:
        """Change limits: any field of Limits, or preset free, pro, business (with the 100 a day)."""
        preset = body.pop("preset", None)
        if preset:
            plan = config.PLANS[preset]
            self.half.limits.second = dict(plan["second"])
            self.half.limits.minute = dict(plan["minute"])
            self.half.limits.day = dict(plan["day"])
            self.half.limits.host_day = 100
            self.half.limits.registrant_day = 3
        settings_from(self.half.limits, body)
        self.half.apply_limits()
        return vars(self.half.limits)

    async def app(self, request: web.Request, body: dict) -> dict:
        """Change the app registration: kind, scopes, redirect addresses, consent, account policy."""
        settings_from(self.half.app, body)
        return vars(self.half.app)
