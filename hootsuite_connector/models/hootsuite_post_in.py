"""Posts as Hootsuite tells them: one way in for reading single posts, windows, and answers to calls."""

from odoo import api, fields, models

# Hootsuite's state -> ours (REST specification, "Message"; events add APPROVED and DELETED).
STATE_OF = {
    "PENDING_APPROVAL": "waiting",
    "REJECTED": "rejected",
    "SCHEDULED": "scheduled",
    "SUBMITTED": "scheduled",
    "APPROVED": "scheduled",
    "SENT": "sent",
    "SEND_FAILED_PERMANENTLY": "failed",
    "DELETED": "deleted",
}


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    @api.model
    def _known_posts(self, integration, remote_ids):
        """Return dict ``hootsuite_id -> post``."""
        wanted = [remote_id for remote_id in remote_ids if remote_id]
        posts = self.search(
            [("integration_id", "=", integration.id), ("hootsuite_id", "in", wanted)]
        )
        return {post.hootsuite_id: post for post in posts}

    @api.model
    def _upsert(self, integration, messages):
        """Create or update posts from :class:`adapters.message.Message`.

        :return: counts ``created, updated, unchanged``
        """
        counts = {"created": 0, "updated": 0, "unchanged": 0}
        known = self._known_posts(integration, [message.hootsuite_id for message in messages])
        profiles = self.env["hootsuite.profile"]._known(
            integration, [message.profile_id for message in messages]
        )
        members = self.env["hootsuite.member"]._known(
            integration, [message.created_by for message in messages]
        )
        open_attempts = self.search(
            [("integration_id", "=", integration.id), ("attempts", "!=", False)]
        )
        former = self._former_ids(integration)
        for message in messages:
            post = known.get(message.hootsuite_id)
            if post:
                changed = post._apply_message(message)
                counts["updated" if changed else "unchanged"] += 1
                continue
            if message.hootsuite_id in former:
                counts["unchanged"] += 1  # an old version of a post of ours, known as its past
                continue
            if open_attempts._may_be_ours(message, profiles.get(message.profile_id)):
                counts["unchanged"] += 1  # the outbox is looking for it and takes it
                continue
            member = members.get(message.created_by)
            profile = profiles.get(message.profile_id)
            post = self.create(
                {
                    "integration_id": integration.id,
                    "hootsuite_id": message.hootsuite_id,
                    "profile_id": profile.id if profile else False,
                    "origin": "hootsuite",
                    "member_id": member.id if member else False,
                    "author_id": member.user_id.id if member else False,
                }
            )
            known[message.hootsuite_id] = post
            post._apply_message(message)
            counts["created"] += 1
        return counts

    @api.model
    def _former_ids(self, integration):
        posts = self.search([("integration_id", "=", integration.id), ("former_ids", "!=", False)])
        return {remote_id for post in posts for remote_id in post.former_ids or []}

    def _may_be_ours(self, message, profile):
        """Whether an unanswered call of one of these posts may have made the message."""
        for post in self:
            if profile and post.profile_id != profile:
                continue
            if post.token and any(
                url.endswith(f"?post={post.token}") for url in message.webhook_urls
            ):
                return True
            texts = {
                " ".join((attempt.get("text") or "").split()) for attempt in post.attempts or []
            }
            if " ".join(message.text.split()) in texts:
                return True
        return False

    def _apply_message(self, message):
        """Take over what Hootsuite has.

        A post that was sent stays sent: an answer that was written a moment before is older.

        :return: whether anything changed
        """
        self.ensure_one()
        before = self.state
        new_state = STATE_OF.get(message.state, before if before != "draft" else "scheduled")
        at = message.scheduled_at.replace(tzinfo=None) if message.scheduled_at else False
        values = {
            "remote_state": message.state or False,
            "sequence_number": message.sequence_number or 0,
            "post_url": message.post_url or self.post_url or False,
            "network_ref": message.post_id or self.network_ref or False,
        }
        if self.origin != "odoo":
            tags = self.env["hootsuite.tag"]._take(self.integration_id, message.tags)
            values.update(text=message.text, scheduled_at=at or self.scheduled_at)
            if set(tags.ids) != set(self.tag_ids.ids):
                values["tag_ids"] = [(6, 0, tags.ids)]
                for name, value in tags._utm().items():
                    if name == "source_id" or not self[name]:
                        values[name] = value
        withdrawing = self.wanted == "deleted" and new_state != "sent"
        if before == "sent" and new_state != "sent":
            values["remote_state"] = self.remote_state
        elif not withdrawing:
            values["state"] = new_state
        if values.get("state") == "sent" and not self.sent_at:
            values["sent_at"] = min(at, fields.Datetime.now()) if at else fields.Datetime.now()
        if values.get("state") == "failed" and before != "failed":
            values["error"] = self.env._(
                "%(network)s refused the post, or Hootsuite could not reach it.",
                network=dict(self._fields["network"]._description_selection(self.env)).get(
                    self.network, self.env._("The network")
                ),
            )
            values["remedy"] = self.env._(
                "Hootsuite does not tell the reason to programs: open the post in Hootsuite, correct"
                " it or reconnect the profile, then press Retry."
            )
        if values.get("state") == "rejected" and before != "rejected":
            values["error"] = self.env._("The post was rejected in Hootsuite.")
            values["remedy"] = self.env._("Ask its reviewers, press Change and submit it again.")
        changes = {name: value for name, value in values.items() if self._is_news(name, value)}
        if changes:
            self.write(changes)
        if self.state in ("failed", "rejected") and before != self.state:
            self._tell_failure()
        return bool(changes)

    def _is_news(self, name, value):
        field = self._fields[name]
        if field.type == "many2one":
            return self[name].id != (value or False)
        if field.type == "many2many":
            return True  # compared before
        return (self[name] or False) != (value or False)
