"""What became of a call: written down before, and settled after it."""

from datetime import timedelta

from odoo import fields, models

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    NotFound,
    RemoteUnavailable,
    ScopeMissing,
    is_retryable,
)

LONGEST_WAIT = 900  # seconds
GIVE_UP_AFTER = 8  # tries after errors of our own


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    def _push_mark(self, step, begun):
        """Write down, before the call, that it is made now and what to look for."""
        draft = step.draft
        self.write(
            {
                "push_state": "sending",
                "attempts": [
                    *(self.attempts or []),
                    {
                        "begun": fields.Datetime.to_string(begun),
                        "at": fields.Datetime.to_string(step.scheduled_at)
                        if step.scheduled_at
                        else None,
                        "text": draft.text,
                        "digest": step.digest,
                    },
                ],
            }
        )

    def _placed(self, message, step):
        """The message is at Hootsuite: keep its id."""
        post = self.exists()
        if not post:
            return
        # The pull may have met it a moment ago and taken it for one made in Hootsuite.
        stranger = self.search(
            [
                ("integration_id", "=", post.integration_id.id),
                ("hootsuite_id", "=", message.hootsuite_id),
                ("id", "!=", post.id),
                ("origin", "!=", "odoo"),
            ]
        )
        stranger.unlink()
        # Before the id of this post is written: the two would meet in the unique index.
        self.env.flush_all()
        attempt = (post.attempts or [{}])[-1]
        post.write(
            {
                "hootsuite_id": message.hootsuite_id,
                "attempts": False,
                "remote_digest": step.digest or attempt.get("digest") or False,
                "sent_text": attempt.get("text") or post._effective_text(),
                "error": False,
                "remedy": False,
                "tries": 0,
                "next_try_at": False,
                "push_state": "pending",
            }
        )
        post._apply_message(message)
        # What people want may have changed during the call: the next step compares.

    def _gone(self, remote_id):
        """Hootsuite does not have the message any more."""
        post = self.exists()
        if not post or post.hootsuite_id != remote_id:
            return
        post.write(
            {
                "hootsuite_id": False,
                "remote_state": False,
                "remote_digest": False,
                "sent_text": False,
                "former_ids": [*(post.former_ids or []), remote_id],
                "tries": 0,
            }
        )
        if not post.plan_id:
            post.state = "deleted"

    def _too_late(self, message):
        """It could not be taken back: it was sent already."""
        post = self.exists()
        if not post:
            return
        if message.state in ("SEND_FAILED_PERMANENTLY",):
            # It was not published, and cannot be deleted: it stays at Hootsuite as history.
            post._gone(message.hootsuite_id)
            return
        post.write({"wanted": "nothing", "push_state": "idle", "error": False, "remedy": False})
        post._apply_message(message)
        if post.state != "sent":
            # Being uploaded: the state follows by event or by asking.
            post.state = "scheduled"
            post._ask(message.hootsuite_id)
        post.plan_id._tell(
            self.env._(
                "The post on %(profile)s was sent before it could be taken back.",
                profile=post.profile_id.name,
            ),
            self.env._("Delete it in the network itself if it must not stay."),
        )

    def _push_finish(self):
        """Nothing is left to do."""
        values = {
            "push_state": "idle",
            "next_try_at": False,
            "tries": 0,
            "error": False,
            "remedy": False,
        }
        if self.wanted == "deleted":
            values["wanted"] = "nothing"
        self.write(values)

    def _push_block(self):
        account = self.integration_id
        self.write(
            {
                "push_state": "blocked",
                "error": self.env._(
                    "The Hootsuite account “%(name)s” is not connected.", name=account.name
                ),
                "remedy": self.env._(
                    "A manager connects it under Hootsuite > Configuration; the post goes on then."
                ),
                # Connecting helps at once; this is for what nobody foresaw.
                "next_try_at": fields.Datetime.now() + timedelta(hours=1),
            }
        )

    def _give_up(self, error, remedy):
        """The post cannot go out as it is; its author hears of it."""
        self.write(
            {
                "push_state": "failed",
                "state": "failed" if self.state not in ("sent", "deleted", "draft") else self.state,
                "error": error,
                "remedy": remedy or False,
                "next_try_at": False,
            }
        )
        self._tell_failure()

    def _push_failed(self, exc):
        """Decide what happens after an error: later again, a person, or not at all."""
        post = self.exists()
        if not post:
            return
        unknown = isinstance(exc, RemoteUnavailable) and exc.maybe_executed
        vals = {"tries": post.tries + 1, "error": exc.message, "remedy": exc.remedy or False}
        if post.push_state == "sending" and not unknown:
            # The last call surely did nothing, so there is nothing to look for.
            vals["attempts"] = (post.attempts or [])[:-1] or False
        if is_retryable(exc):
            wait = exc.retry_after or min(5 * 2 ** min(post.tries, 8), LONGEST_WAIT)
            vals["push_state"] = "pending"
            vals["next_try_at"] = fields.Datetime.now() + timedelta(seconds=int(wait) + 1)
            post.write(vals)
            return
        if isinstance(exc, AuthError | ConfigurationError) and not isinstance(exc, ScopeMissing):
            vals["push_state"] = "blocked"
            vals["next_try_at"] = fields.Datetime.now() + timedelta(hours=1)
            post.write(vals)
            return
        if isinstance(exc, NotFound) and post.plan_id.attachment_ids and not post.tries:
            # Most likely a file that Hootsuite has dropped: bring it once more.
            self.env["hootsuite.media"]._forget_files(
                post.integration_id, post.plan_id.attachment_ids
            )
            post.write({**vals, "push_state": "pending"})
            return
        post.write(vals)
        details = "; ".join(text for _field, text in getattr(exc, "details", None) or [] if text)
        post._give_up(f"{exc.message} {details}".strip(), exc.remedy)

    def _push_crashed(self, words):
        post = self.exists()
        if not post:
            return
        if post.tries + 1 < GIVE_UP_AFTER:
            post.write(
                {
                    "tries": post.tries + 1,
                    "error": self.env._("Odoo could not work it out: %(words)s", words=words),
                    "push_state": "pending",
                    "next_try_at": fields.Datetime.now()
                    + timedelta(seconds=min(5 * 2**post.tries, LONGEST_WAIT)),
                }
            )
            return
        post._give_up(
            self.env._("Odoo could not work it out: %(words)s", words=words),
            self.env._("Tell your administrator; then press Retry."),
        )

    # -- telling -----------------------------------------------------------------------------------

    def _tell_failure(self):
        """Tell the author which profile failed, why, and what helps."""
        for post in self:
            plan = post.plan_id
            if not plan:
                continue
            where = self.env._(
                "%(profile)s (%(network)s)",
                profile=post.profile_id.name or "",
                network=dict(self._fields["network"]._description_selection(self.env)).get(
                    post.network, ""
                ),
            )
            plan._tell(
                self.env._("The post did not go out on %(where)s.", where=where),
                " ".join(part for part in (post.error, post.remedy) if part),
            )
