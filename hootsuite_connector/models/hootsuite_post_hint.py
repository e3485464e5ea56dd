"""What platform events hint at, and what has to be asked after: a queue of single reads."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint

# Events may be unsigned: whoever knows the address could name ids without end.
WAITING_AT_MOST = 5_000
# A message is missing for a short time while it is uploaded to the network (REST specification).
MISSING_TRIES = 6
MISSING_WAIT = 60  # seconds
OVERDUE_MINUTES = 5
BAD_COMMENTS = ("FAILED", "REJECTED", "EXPIRED_APPROVAL")


class HootsuitePostHint(models.Model):
    """Something at Hootsuite that is to be read. However many events ask, it is read once."""

    _name = "hootsuite.post.hint"
    _description = "Post to be Read at Hootsuite"
    _order = "id"

    integration_id = fields.Many2one(
        "hootsuite.integration", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection([("message", "Post"), ("comment", "Comment")], required=True)
    remote_id = fields.Char(required=True)
    state = fields.Char(help="What the event said; only a hint.")
    at = fields.Datetime()
    tries = fields.Integer()
    next_try_at = fields.Datetime()

    _remote_unique = Constraint(
        "UNIQUE (integration_id, kind, remote_id)", "It is to be read already."
    )

    @api.model
    def _add(self, integration, kind, facts):
        """Note what is to be read.

        :param facts: [(remote id, state, naive time)], in vendor-time order
        """
        latest = {remote_id: (state, at) for remote_id, state, at in facts}
        for remote_id, (state, at) in latest.items():
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO hootsuite_post_hint AS h
                        (integration_id, kind, remote_id, state, at, tries, create_date, write_date)
                    VALUES (%s, %s, %s, %s, %s, 0, now() AT TIME ZONE 'UTC',
                        now() AT TIME ZONE 'UTC')
                    ON CONFLICT (integration_id, kind, remote_id) DO UPDATE SET
                        state = CASE WHEN h.at IS NULL OR excluded.at >= h.at
                            THEN excluded.state ELSE h.state END,
                        at = GREATEST(h.at, excluded.at), tries = 0, next_try_at = NULL
                    """,
                    integration.id,
                    kind,
                    remote_id,
                    state,
                    at,
                )
            )
        self.env.invalidate_all()

    @api.model
    def _room(self, integration):
        return WAITING_AT_MOST - self.search_count([("integration_id", "=", integration.id)])


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    @api.model
    def _apply_states(self, integration, found):
        """Events about posts: each names a post that is to be read.

        :param found: [:class:`adapters.conversation.PostStateFact`]
        """
        known = self._known_posts(integration, {fact.message_id for fact in found})
        return self._note_hints(
            integration,
            "message",
            [(fact.message_id, fact.state, fact.at) for fact in found],
            known,
        )

    @api.model
    def _apply_comment_states(self, integration, found):
        """Events about outgoing comments; only bad news are worth reading."""
        notes = {
            position: "ignored: Nothing to do."
            for position, fact in enumerate(found)
            if fact.state not in BAD_COMMENTS
        }
        bad = [
            (fact.comment_id, fact.state, fact.at) for fact in found if fact.state in BAD_COMMENTS
        ]
        if bad:
            self._note_hints(integration, "comment", bad, {})
        return notes

    @api.model
    def _note_hints(self, integration, kind, facts, known):
        hints = self.env["hootsuite.post.hint"].sudo()  # sudo: the queue is written by code
        room, notes, kept = hints._room(integration), {}, []
        for position, (remote_id, state, at) in enumerate(facts):
            if remote_id not in known and room <= 0:
                notes[position] = (
                    "ignored: Too many unknown posts are waiting to be read; the next reading of all"
                    " posts finds it."
                )
                continue
            room -= remote_id not in known
            kept.append((remote_id, state, at.replace(tzinfo=None) if at.tzinfo else at))
        if kept:
            hints._add(integration, kind, kept)
            self.env["hootsuite.post.fetch"]._enqueue(integration)
        return notes

    def _ask(self, remote_id, state=None):
        """Read this post soon."""
        self.ensure_one()
        hints = self.env["hootsuite.post.hint"].sudo()  # sudo: as above
        hints._add(self.integration_id, "message", [(remote_id, state, fields.Datetime.now())])
        self.env["hootsuite.post.fetch"]._enqueue(self.integration_id)

    @api.model
    def _ask_overdue(self):
        """Ask after posts whose time is over and of which nothing was heard."""
        late = fields.Datetime.now() - timedelta(minutes=OVERDUE_MINUTES)
        posts = self.search(
            [
                ("state", "=", "scheduled"),
                ("hootsuite_id", "!=", False),
                ("push_state", "=", "idle"),
                "|",
                ("scheduled_at", "<", late),
                "&",
                ("scheduled_at", "=", False),
                ("write_date", "<", late),
                ("integration_id.state", "=", "connected"),
            ],
            limit=200,
        )
        hints = self.env["hootsuite.post.hint"].sudo()  # sudo: as above
        for account, mine in posts.grouped("integration_id").items():
            waiting = set(hints.search([("integration_id", "=", account.id)]).mapped("remote_id"))
            fresh = mine.filtered(lambda post, w=waiting: post.hootsuite_id not in w)
            if fresh:
                facts = [(post.hootsuite_id, None, fields.Datetime.now()) for post in fresh]
                hints._add(account, "message", facts)
                self.env["hootsuite.post.fetch"]._enqueue(account)

    @api.model
    def _missing(self, integration, hint):
        """Hootsuite does not know the post: it was deleted, or it is just being uploaded.

        :return: whether this is settled; else it is looked for once more
        """
        post = self._known_posts(integration, [hint.remote_id]).get(hint.remote_id)
        if not post or post.state == "sent":
            return True
        now = fields.Datetime.now()
        near = (not post.scheduled_at) or post.scheduled_at <= now + timedelta(minutes=2)
        if hint.state != "DELETED" and near and hint.tries + 1 < MISSING_TRIES:
            hint.write(
                {"tries": hint.tries + 1, "next_try_at": now + timedelta(seconds=MISSING_WAIT)}
            )
            return False
        post._vanished()
        return True

    def _vanished(self):
        """Somebody deleted the post in Hootsuite."""
        for post in self:
            withdrawn = post.wanted == "deleted"
            post.write(
                {
                    "state": post.state if withdrawn else "deleted",
                    "remote_state": "DELETED",
                    "wanted": "nothing",
                    "push_state": "idle",
                    "hootsuite_id": False if withdrawn else post.hootsuite_id,
                    "former_ids": [*(post.former_ids or []), post.hootsuite_id],
                    "error": False,
                    "remedy": False,
                }
            )
            if post.plan_id and not withdrawn:
                post.plan_id._tell(
                    self.env._(
                        "The post on %(profile)s was deleted in Hootsuite.",
                        profile=post.profile_id.name,
                    ),
                    self.env._("Press Change and submit it again if it shall go out."),
                )
