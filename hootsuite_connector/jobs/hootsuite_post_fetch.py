from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, PayloadError, Rejected
from odoo.addons.connector_base.jobs.connector_sync import BUDGET_SECONDS

AT_ONCE = 50


class HootsuitePostFetch(models.AbstractModel):
    """Reads single posts and comments that events hinted at, or of which nothing was heard.

    Events may be unsigned and hold ids only (page "Webhooks overview"); what counts is what the API
    answers. A row of `hootsuite.post.hint` is the queue: however many events ask, it is read once.
    """

    _name = "hootsuite.post.fetch"
    _inherit = "hootsuite.sync"
    _description = "Hootsuite Post Read"
    _kind = "Post states"
    _stream = "post-fetch"

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        with self._page_env() as env:
            waiting = env["hootsuite.post.hint"].search_count(self._due(integration_id), limit=1)
        if not waiting:
            return self.env._("Nothing to read.")
        return super()._run_job(integration_id, budget)

    @api.model
    def _due(self, integration_id):
        return [
            ("integration_id", "=", integration_id),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _first_position(self, integration):
        return {}

    @api.model
    def _steps(self, run):
        while hints := self._waiting(run):
            for hint_id, kind, remote_id in hints:
                found = self._read(run, kind, remote_id)
                counts = self._page(
                    run,
                    lambda env, mine, hint_id=hint_id, found=found: self._settle(
                        env, mine, hint_id, found
                    ),
                )
                for name, count in counts.items():
                    run.counts[name] += count
                run.check_time()

    @api.model
    def _waiting(self, run):
        with self._page_env() as env:
            hints = env["hootsuite.post.hint"].search(
                self._due(run.integration.id), order="id", limit=AT_ONCE
            )
            return [(hint.id, hint.kind, hint.remote_id) for hint in hints]

    @api.model
    def _read(self, run, kind, remote_id):
        """Return the message or comment, None when Hootsuite does not have it, else the refusal."""
        read = run.client.message if kind == "message" else run.client.comment
        try:
            return read(remote_id)
        except NotFound:
            return None
        except (Rejected, PayloadError) as exc:
            self._failed_item(run, f"{kind} {remote_id}", exc)
            return exc

    @api.model
    def _settle(self, env, integration, hint_id, found):
        hint = env["hootsuite.post.hint"].browse(hint_id).exists()
        done, counts = True, {}
        if not hint:
            return counts
        if isinstance(found, Exception):
            pass  # counted and told; asking again would change nothing
        elif found is None and hint.kind == "message":
            done = env["hootsuite.post"]._missing(integration, hint)
        elif found is not None and hint.kind == "message":
            counts = env["hootsuite.post"]._upsert(integration, [found])
        elif found is not None:
            self._comment(integration, found)
        if done:
            hint.unlink()
        return counts

    @api.model
    def _comment(self, integration, comment):
        """Tell the managers of an outgoing comment that did not go out."""
        cause = f"comment:{comment.hootsuite_id}"
        profile = self.env["hootsuite.profile"]._known(integration, [comment.profile_id])
        name = profile[comment.profile_id].name if profile else ""
        if comment.state == "FAILED":
            words = self.env._("A comment of %(name)s could not be published.", name=name)
        elif comment.state == "REJECTED":
            words = self.env._("A comment of %(name)s was rejected.", name=name)
        elif comment.state == "EXPIRED_APPROVAL":
            words = self.env._("Nobody approved a comment of %(name)s in time.", name=name)
        else:
            integration._alert_clear(cause)
            return
        integration._alert(
            cause, words, self.env._("Open the comment in Hootsuite and write it again.")
        )

    @api.model
    def _done(self, run):
        """Nothing to note: the posts say themselves how they are."""
        later = self.env["hootsuite.post.hint"].search(
            [("integration_id", "=", run.integration.id)], order="next_try_at", limit=1
        )
        if later and later.next_try_at:
            self._enqueue(run.integration, eta=later.next_try_at)

    @api.model
    def _cron_fetch(self):
        """Scheduled action: read what waits and has no job."""
        due = self.env["hootsuite.post.hint"]._read_group([], ["integration_id"])
        for (integration,) in due:
            if integration in self._connected() and self._quota_left(integration):
                self._enqueue(integration)
