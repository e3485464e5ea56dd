"""Control routes for what people do in Hootsuite: posts, reviews, profiles, members, the app itself."""

from datetime import timedelta

from aiohttp import web

from ..control import ControlError, control, settings_from
from ..core.clock import parse_iso
from . import config, errors, publishing
from .api_times import stamp
from .deliver_control import DeliverControl
from .world import Comment, Member, Message, Profile

#: Settings of a profile that the control API may change.
PROFILE_SETTINGS = {"publishing", "approval", "reauth", "username"}


class WorldControl(DeliverControl):
    """Handlers of /control/hootsuite/* that change the world."""

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "post": self.post,
            "message": self.message,
            "comment": self.comment,
            "profile": self.profile,
            "member": self.member,
            "publish": self.publish,
            "revoke_tokens": self.revoke_tokens,
            "install": self.install,
            "uninstall": self.uninstall,
            "limits": self.limits,
            "app": self.app,
        }
        found = [web.post(f"/control/hootsuite/{n}", control(f)) for n, f in posts.items()]
        found.append(web.get("/control/hootsuite/messages", control(self.messages)))
        found.append(web.get("/control/hootsuite/state", control(self.state)))
        return super().routes() + found

    # Posts -------------------------------------------------------------------------------------------

    def known_message(self, body: dict) -> Message:
        found = self.half.world.messages.get(str(body.get("message_id")))
        if found is None:
            raise ControlError(f"there is no message {body.get('message_id')}")
        return found

    def known_profile(self, key: object) -> Profile:
        found = self.half.world.profiles.get(str(key))
        if found is None:
            raise ControlError(f"there is no profile {key}")
        return found

    def known_member(self, key: object) -> Member:
        found = self.half.world.member_by(str(key))
        if found is None:
            raise ControlError(f"there is no member {key}")
        return found

    async def post(self, request: web.Request, body: dict) -> dict:
        """A member posts in Hootsuite itself: now, or at ``at`` (or ``in`` seconds)."""
        half = self.half
        member = self.known_member(body.get("member_id") or config.MEMBER_ID)
        when = None
        if body.get("at"):
            when = parse_iso(body["at"])
        elif body.get("in") is not None:
            when = half.clock.now() + timedelta(seconds=float(body["in"]))
        if when is not None:
            when = when.replace(microsecond=0)
        profiles = [self.known_profile(key) for key in body["profile_ids"]]
        made = []
        for profile in profiles:
            organization = half.world.organizations.get(profile.owner_id)
            tags = list(body.get("tags") or [])
            if organization is not None:
                organization.tags |= set(tags)
            message = Message(
                half.world.ids.message(),
                profile.id,
                "SCHEDULED",
                body.get("text", "Posted in Hootsuite"),
                when,
                member.id,
                member.id,
                tags=tags,
                has_video=bool(body.get("video")),
            )
            publishing.start(half, message, member)
            made.append({"id": message.id, "state": message.state, "profile_id": profile.id})
        await self.finish(body)
        return {"messages": made}

    async def message(self, request: web.Request, body: dict) -> dict:
        """publish, fail, approve, reject or delete one message, as Hootsuite or a member would."""
        message = self.known_message(body)
        action = body.get("action")
        now = self.half.clock.now()
        if action in ("publish", "fail"):
            if message.state not in publishing.OPEN_STATES:
                raise ControlError(f"the message is {message.state}")
            profile = self.half.world.profiles[message.profile_id]
            before, profile.publishing = (
                profile.publishing,
                "sent" if action == "publish" else "failed",
            )
            try:
                publishing.finish(self.half, message, now)
            finally:
                profile.publishing = before
        elif action in ("approve", "reject"):
            if message.state != "PENDING_APPROVAL":
                raise ControlError(f"the message is {message.state}")
            actor = body.get("member_id") or config.MEMBER_ID
            publishing.review(self.half, message, action == "approve", actor, False)
        elif action == "delete":
            publishing.delete(self.half, message, body.get("member_id") or config.MEMBER_ID)
        else:
            raise ControlError("action must be publish, fail, approve, reject or delete")
        await self.finish(body)
        return {"id": message.id, "state": message.state}

    async def publish(self, request: web.Request, body: dict) -> dict:
        """Publish now everything that is scheduled, or only the messages named."""
        wanted = set(body.get("message_ids") or [])
        chosen = [
            message
            for message in list(self.half.world.messages.values())
            if message.state == "SCHEDULED" and (not wanted or message.id in wanted)
        ]
        for message in chosen:
            publishing.publish(self.half, message, self.half.clock.now())
        await self.finish(body)
        return {"messages": [{"id": m.id, "state": m.state} for m in chosen]}

    async def messages(self, request: web.Request, body: dict) -> dict:
        """Every message with what the API does not tell: when it was sent, why it failed."""
        query = request.query
        rows = [
            {
                "id": message.id,
                "profile_id": message.profile_id,
                "network": self.half.world.profiles[message.profile_id].type,
                "state": message.state,
                "text": message.text,
                "scheduled": stamp(message.scheduled),
                "sent": stamp(message.sent),
                "failure": message.fields.get("failure"),
                "tags": message.tags,
                "media": [row["id"] for row in message.media],
                "created_by": message.created_by,
            }
            for message in self.half.world.messages.values()
            if query.get("state") in (None, "", message.state)
            and query.get("profile_id") in (None, "", message.profile_id)
            and (query.get("text") or "") in (message.text or "")
        ]
        return {"messages": rows, "count": len(rows)}

    async def comment(self, request: web.Request, body: dict) -> dict:
        """A member writes an outgoing comment that needs approval, or moves one to a state."""
        half = self.half
        now = half.clock.now()
        if body.get("comment_id"):
            comment = half.world.comments.get(str(body["comment_id"]))
            if comment is None:
                raise ControlError(f"there is no comment {body['comment_id']}")
            comment.state = body["state"]
        else:
            profile = self.known_profile(body["profile_id"])
            member = self.known_member(body.get("member_id") or config.MEMBER_ID)
            comment = Comment(
                half.world.ids.comment(),
                profile.id,
                body.get("text", "Thank you, we write to you in private."),
                now,
                member.id,
                member.full_name,
                body.get("parent_id", "126123123_12314"),
                body.get("parent_type", "POST"),
                "PENDING_APPROVAL",
                1,
            )
            half.world.comments[comment.id] = comment
        half.platform.comment(comment, comment.state, now)
        await self.finish(body)
        return {"id": comment.id, "state": comment.state}

    # Profiles and members ----------------------------------------------------------------------------

    async def profile(self, request: web.Request, body: dict) -> dict:
        """Change a profile: publishing (auto, sent, failed), approval, reauth, username, refusal.

        refusal ``{code, message?}`` makes POST /v1/messages refuse this profile, null ends that. action
        remove disconnects it.
        """
        profile = self.known_profile(body["profile_id"])
        if body.get("action") == "remove":
            del self.half.world.profiles[profile.id]
            for team in self.half.world.teams.values():
                if profile.id in team.profiles:
                    team.profiles.remove(profile.id)
            return {"profile_id": profile.id, "removed": True}
        settings = {
            key: value for key, value in body.items() if key not in ("profile_id", "refusal")
        }
        unknown = set(settings) - PROFILE_SETTINGS
        if unknown:
            raise ControlError(f"unknown settings {sorted(unknown)}")
        settings_from(profile, settings)
        if "refusal" in body:
            refusal = body["refusal"]
            profile.refusal = (
                errors.entry(int(refusal["code"]), refusal.get("message")) if refusal else None
            )
        return {
            "profile_id": profile.id,
            "reauth": profile.reauth,
            "publishing": profile.publishing,
        }

    async def member(self, request: web.Request, body: dict) -> dict:
        """Change a member: role in an organization (null: taken out), email, full_name, active."""
        member = self.known_member(body["member_id"])
        if "organization_id" in body:
            role = body.get("role")
            if role is None:
                member.roles.pop(body["organization_id"], None)
            elif role in ("admin", "editor", "limited"):
                member.roles[body["organization_id"]] = role
            else:
                raise ControlError("role must be admin, editor or limited")
        for name in ("email", "full_name", "active", "language", "timezone"):
            if name in body:
                setattr(member, name, body[name])
        member.modified = self.half.clock.now().replace(microsecond=0)
        return {"member_id": member.id, "roles": member.roles}

    # The app -----------------------------------------------------------------------------------------

    async def revoke_tokens(self, request: web.Request, body: dict) -> dict:
        """Kill all tokens; with access_only the access tokens expire and refreshing still works."""
        return {"revoked": self.half.tokens.revoke_all(access_only=bool(body.get("access_only")))}

    async def uninstall(self, request: web.Request, body: dict) -> dict:
        """A member or an organization removes the app: its tokens are forbidden and Hootsuite says so."""
        member = body.get("member_id")
        organization = body.get("organization_id")
        if not member and not organization:
            member = config.MEMBER_ID
        app = self.half.app
        hit = self.half.tokens.uninstall(member, organization)
        self.half.platform.app("UNINSTALLED", member, organization)
        if member and member not in app.uninstalled_members:
            app.uninstalled_members.append(member)
        if organization in app.installed_organizations:
            app.installed_organizations.remove(organization)
        await self.finish(body)
        return {"revoked": hit}

    async def install(self, request: web.Request, body: dict) -> dict:
        """A member or an organization installs the app."""
        member = body.get("member_id")
        organization = body.get("organization_id")
        app = self.half.app
        if member in app.uninstalled_members:
            app.uninstalled_members.remove(member)
        if organization and organization not in app.installed_organizations:
            app.installed_organizations.append(organization)
        self.half.platform.app("INSTALLED", member, organization)
        await self.finish(body)
        return {"ok": True}

    async def limits(self, request: web.Request, body: dict) -> dict:
        """Change limits: any field of Limits, or preset real (20 a second, 100,000 a day)."""
        if body.pop("preset", None):
            self.half.limits.second = config.REAL_SECOND
            self.half.limits.day = config.REAL_DAY
        settings_from(self.half.limits, body)
        return vars(self.half.limits)

    async def app(self, request: web.Request, body: dict) -> dict:
        """Change the app registration and the variants the sandbox shows: any field of App."""
        settings_from(self.half.app, body)
        return vars(self.half.app)

    async def state(self, request: web.Request, body: dict) -> dict:
        """Counts of everything, of tokens and of deliveries."""
        world = self.half.world
        return {
            "tokens": self.half.tokens.counts,
            "counts": dict(self.half.counts),
            "platform": self.half.platform.describe(),
            "members": len(world.members),
            "profiles": len(world.profiles),
            "teams": len(world.teams),
            "messages": len(world.messages),
            "conversations": len(world.conversations),
            "contacts": len(world.contacts),
            "calls_today": self.half.quota.day()["calls"],
        }
