"""Bringing one post to Hootsuite: look, delete, upload, schedule, in this order.

Hootsuite knows no idempotency key and no call that changes a message (REST specification). An attempt to
schedule whose answer is unknown is written down before the call; before it is repeated, the profile's
messages around that time are searched for it: by the secret of this post in its webhook address where it
has one, else by text, time and profile. One call is made for each profile, so that an unknown outcome
concerns exactly one message.
"""

import hashlib
import json
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields, models

from odoo.addons.connector_base.core.errors import ConnectorError, NotFound, RateLimited, Rejected
from odoo.addons.connector_base.core.redaction import redact

from ..adapters.message import Draft
from ..client import HootsuiteClient
from ..client.errors import CANNOT_DELETE, MEDIA_NOT_READY
from ..tools import links, post_rules

_logger = logging.getLogger(__name__)

MAX_STEPS = 20
# Seconds after the begin of an attempt during which a missing message proves nothing: the call may
# still be carried out, and a message is missing while it is uploaded to the network (REST
# specification, "GET /v1/messages/{messageId}").
SETTLE_SCHEDULED = 30
SETTLE_NOW = 150
# A post is sent late by at most this; later somebody should look at it first.
LATE_MINUTES = 60
PORTS = (80, 8080, 443, 8443)  # page "Webhooks overview"


@dataclass
class Step:
    """The next call for one post."""

    action: str
    post_id: int
    account_id: int
    profile_ref: str
    remote_id: str = ""
    attempts: list = field(default_factory=list)
    former: set = field(default_factory=set)
    token: str = ""
    draft: Draft | None = None
    file_ids: list = field(default_factory=list)
    scheduled_at: object = None
    digest: str = ""


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    def _bring(self, post_id):
        """Do what is to be done for one post, call by call.

        :return: seconds to wait, None when nothing is left
        """
        try:
            for _number in range(MAX_STEPS):
                wait = self._push_due_in(post_id)
                if wait is None or wait > 0:
                    return wait
                step = self._push_transaction(lambda posts: posts.browse(post_id)._push_prepare())
                if step is None:
                    return None
                getattr(self, f"_carry_out_{step.action}")(step)
        except ConnectorError as exc:
            error = exc
            self._push_transaction(lambda posts: posts.browse(post_id)._push_failed(error))
        except Exception as exc:
            # An error of ours: told, tried again, and shown to people if it stays.
            _logger.exception("Bringing a post to Hootsuite failed")
            words = f"{type(exc).__name__}: {redact(str(exc))[:200]}"
            self._push_transaction(lambda posts: posts.browse(post_id)._push_crashed(words))
        return self._push_due_in(post_id)

    # -- what is to be done ---------------------------------------------------------------------

    def _push_prepare(self):
        """Work out the next call; None when nothing is left to do."""
        post = self.exists()
        if not post:
            return None
        account = post.integration_id
        if account.state != "connected" or not account.active:
            post._push_block()
            return None
        step = Step(
            action="",
            post_id=post.id,
            account_id=account.id,
            profile_ref=post.profile_id.hootsuite_id or "",
            remote_id=post.hootsuite_id or "",
            attempts=post.attempts or [],
            former=set(post.former_ids or []),
            token=post.token or "",
        )
        if post.attempts:
            step.action = "look_up"
            return step
        wants = post.wanted == "scheduled" and post.state not in ("sent", "deleted", "draft")
        if post.hootsuite_id and post.state != "sent":
            digest = post._wanted_digest()
            if not wants or post.remote_digest != digest:
                step.action = "delete"
                step.scheduled_at = post.scheduled_at
                return step
        if wants and not post.hootsuite_id:
            return post._prepare_schedule(step)
        post._push_finish()
        return None

    def _prepare_schedule(self, step):
        plan = self.plan_id
        if plan.phase != "approved" or plan.digest != plan._content_digest():
            self._give_up(
                self.env._("The post, or one of its files, was changed after it was approved."),
                self.env._("Press Change, check it and submit it again."),
            )
            return None
        now = fields.Datetime.now()
        at = None if self.send_now else self.scheduled_at
        if at and at <= now:
            if at < now - timedelta(minutes=LATE_MINUTES):
                self._give_up(
                    self.env._("The time to send it was over before Hootsuite could be reached."),
                    self.env._("Press Retry to send it now, or Change to choose another time."),
                )
                return None
            at = None
            self.send_now = True
        text = self._text_to_send()
        errors = [words for level, words in self._findings(text) if level == "error"]
        if errors:
            self._give_up(" ".join(errors), self.env._("Press Change and correct it."))
            return None
        media = self.env["hootsuite.media"]
        files = plan.attachment_ids.sorted("id")
        known = [media._known_file(self.integration_id, file) for file in files]
        missing = [
            file.id for file, found in zip(files, known, strict=True) if not (found and found.ready)
        ]
        if missing:
            step.action = "upload"
            step.file_ids = missing
            return step
        target = self._target()
        tags = plan.tag_ids | self.env["hootsuite.tag"]._for(
            self.integration_id, self.campaign_id, self.medium_id
        )
        if post_rules.takes_tags(target):
            self.tag_ids = tags
        pinterest = (plan.board, plan.board_url or "") if target.network == "pinterest" else None
        step.action = "schedule"
        step.scheduled_at = at
        step.digest = self._wanted_digest()
        step.draft = Draft(
            text=text,
            profile_ids=(step.profile_ref,),
            scheduled_at=at,
            webhook_urls=self._webhook_addresses(),
            tags=tuple(tags.mapped("name")) if post_rules.takes_tags(target) else (),
            media=tuple(found.media_ref for found in known),
            pinterest=pinterest,
        )
        return step

    def _wanted_digest(self):
        """Return a fingerprint of what shall be at Hootsuite."""
        self.ensure_one()
        plan = self.plan_id
        content = [
            self._effective_text(),
            fields.Datetime.to_string(self.scheduled_at) if self.scheduled_at else "",
            [file.checksum or "" for file in plan.attachment_ids.sorted("id")],
            sorted(plan.tag_ids.mapped("name")),
            [plan.board or "", plan.board_url or ""],
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _text_to_send(self):
        """Return the text with tracked links, and note the source that leads will name."""
        self.ensure_one()
        text = self._effective_text()
        found = links.find(text)
        policy = self.integration_id.link_policy
        if not found or policy == "none":
            return text
        if not self.source_id:
            self.source_id = self.env["utm.mixin"]._find_or_create_record(
                "utm.source", self._source_name()
            )
        if policy == "track" and "link.tracker" in self.env:
            return links.replace(text, {link: self._short_link(link) for link in found})
        values = {
            "campaign": self.campaign_id.name,
            "source": self.source_id.name,
            "medium": self.medium_id.name,
        }
        return links.replace(text, {link: links.with_utm(link, **values) for link in found})

    def _short_link(self, address):
        tracker = self.env["link.tracker"].search_or_create(
            [
                {
                    "url": address,
                    # Given, because the tracker would read the page to find its title.
                    "title": address,
                    "campaign_id": self.campaign_id.id,
                    "source_id": self.source_id.id,
                    "medium_id": self.medium_id.id,
                }
            ]
        )
        return tracker.short_url

    def _webhook_addresses(self):
        """Return where Hootsuite shall tell what became of this post, with the post's own secret.

        Hootsuite only calls public addresses on four ports (page "Webhooks overview"); elsewhere, and
        where such events are refused, posts are asked after instead.
        """
        account = self.integration_id
        if account.platform_scheme == "closed":
            return ()
        parts = urlsplit(account.webhook_url or "")
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return ()
        if not parts.hostname or port not in PORTS or parts.hostname in ("localhost", "127.0.0.1"):
            return ()
        return (f"{account.webhook_url}?post={self.token}",)

    # -- the calls ------------------------------------------------------------------------------

    def _post_client(self, step, told=None):
        account = self.env["hootsuite.integration"].browse(step.account_id)
        return HootsuiteClient(account._http_client(), told.append if told is not None else None)

    def _carry_out_schedule(self, step):
        """Make the message; one profile a call."""
        post_id, begun = step.post_id, fields.Datetime.now()
        self._push_transaction(lambda posts: posts.browse(post_id)._push_mark(step, begun))
        told = []
        made = self._post_client(step, told).schedule(step.draft)
        mine = [message for message in made if message.profile_id in (None, step.profile_ref)]
        if mine:
            self._push_transaction(lambda posts: posts.browse(post_id)._placed(mine[0], step))
            return
        # Data and errors together: this profile is among the errors.
        reasons = " ".join(issue.message for issue in told)
        raise Rejected(
            self.env._("Hootsuite made no message for this profile. %(reasons)s", reasons=reasons),
            remedy=self.env._("Look at the profile in Hootsuite, then press Retry."),
        )

    def _carry_out_look_up(self, step):
        """Find out what an unanswered call did, before anything is repeated."""
        post_id = step.post_id
        found = self._find_attempt(self._post_client(step), step)
        if found:
            self._push_transaction(lambda posts: posts.browse(post_id)._placed(found, step))
            return
        now = fields.Datetime.now()
        for attempt in step.attempts:
            begun = fields.Datetime.to_datetime(attempt["begun"])
            at = fields.Datetime.to_datetime(attempt.get("at"))
            near = not at or at <= now + timedelta(seconds=SETTLE_NOW)
            settled = begun + timedelta(seconds=SETTLE_NOW if near else SETTLE_SCHEDULED)
            if settled > now:
                raise RateLimited(
                    self.env._(
                        "Hootsuite did not answer. Odoo looks whether the post is there before it"
                        " tries again."
                    ),
                    scope="concurrency",
                    retry_after=(settled - now).total_seconds() + 1,
                )
        self._push_transaction(lambda posts: posts.browse(post_id).write({"attempts": False}))

    def _find_attempt(self, client, step):
        now = fields.Datetime.now()
        for attempt in step.attempts:
            begun = fields.Datetime.to_datetime(attempt["begun"])
            at = fields.Datetime.to_datetime(attempt.get("at"))
            start = (at or begun) - timedelta(minutes=10)
            end = (at or now) + timedelta(minutes=10)
            if (end - start).days >= 28:
                start = end - timedelta(days=27)
            rows = [
                message
                for message in client.messages(start, end, profile_ids=[step.profile_ref])
                if self._is_attempt(message, attempt, step, begun, at)
            ]
            taken = self._taken_ids({message.hootsuite_id for message in rows}, step.post_id)
            for message in rows:
                if message.hootsuite_id not in taken | step.former:
                    return message
        return None

    def _is_attempt(self, message, attempt, step, begun, at):
        """Whether a message is what the attempt made."""
        if step.profile_ref and message.profile_id not in (None, step.profile_ref):
            return False
        ours = [url for url in message.webhook_urls if "?post=" in url]
        if ours and step.token:
            return any(url.endswith(f"?post={step.token}") for url in ours)
        if _squeezed(message.text) != _squeezed(attempt["text"]):
            return False
        found = _naive(message.scheduled_at)
        if at:
            return found is not None and abs((found - at).total_seconds()) < 60
        return found is None or found >= begun - timedelta(minutes=3)

    def _taken_ids(self, remote_ids, post_id):
        """Return those ids that other posts of Odoo have."""
        if not remote_ids:
            return set()

        def work(posts):
            found = posts.search(
                [
                    ("hootsuite_id", "in", list(remote_ids)),
                    ("id", "!=", post_id),
                    ("origin", "=", "odoo"),
                ]
            )
            return set(found.mapped("hootsuite_id"))

        return self._push_transaction(work)

    def _carry_out_delete(self, step):
        """Delete the message; one that is gone already is as good as deleted."""
        post_id = step.post_id
        client = self._post_client(step)
        try:
            there = client.delete_message(step.remote_id)
        except Rejected as exc:
            if exc.code != CANNOT_DELETE:
                raise
            # It was sent, or is being sent: ask what became of it.
            self._was_sent(client, step)
            return
        due = step.scheduled_at and step.scheduled_at <= fields.Datetime.now() + timedelta(
            minutes=2
        )
        if not there and due:
            # A message is missing while it is uploaded to the network: making another one now might
            # publish twice.
            self._was_sent(client, step)
            return
        self._push_transaction(lambda posts: posts.browse(post_id)._gone(step.remote_id))

    def _was_sent(self, client, step):
        try:
            message = client.message(step.remote_id)
        except NotFound:
            since = step.scheduled_at or fields.Datetime.now()
            if fields.Datetime.now() - since < timedelta(minutes=10):
                raise RateLimited(
                    self.env._("Hootsuite is sending the post just now."),
                    scope="concurrency",
                    retry_after=60.0,
                ) from None
            self._push_transaction(lambda posts: posts.browse(step.post_id)._gone(step.remote_id))
            return
        self._push_transaction(lambda posts: posts.browse(step.post_id)._too_late(message))

    def _carry_out_upload(self, step):
        """Bring the files, one by one; each is written down as soon as it is there."""
        client = self._post_client(step)
        media = self.env["hootsuite.media"]
        account = self.env["hootsuite.integration"].browse(step.account_id)
        for file_id in step.file_ids:
            attachment = self.env["ir.attachment"].browse(file_id)
            known = self._push_transaction(
                lambda posts, file_id=file_id: (
                    posts.env["hootsuite.media"]
                    ._known_file(
                        posts.env[account._name].browse(account.id),
                        posts.env["ir.attachment"].browse(file_id),
                    )
                    .media_ref
                )
            )
            ready = media._look(client, known) if known else None
            if ready is None:
                known, ready = media._upload(client, attachment)
            self._push_transaction(
                lambda posts, file_id=file_id, known=known, ready=ready: posts.env[
                    "hootsuite.media"
                ]._keep(
                    posts.env[account._name].browse(account.id),
                    posts.env["ir.attachment"].browse(file_id),
                    known,
                    ready,
                )
            )
            if not ready:
                raise RateLimited(
                    self.env._("Hootsuite is still processing “%(name)s”.", name=attachment.name),
                    scope="concurrency",
                    code=MEDIA_NOT_READY,
                    retry_after=15.0,
                )


def _squeezed(text):
    return " ".join((text or "").split())


def _naive(moment):
    return moment.replace(tzinfo=None) if moment else None
