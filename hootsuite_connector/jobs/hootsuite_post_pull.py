from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, PayloadError, Rejected

from ..adapters.message import WINDOW_DAYS

PAGE = 100


class HootsuitePostPull(models.AbstractModel):
    """Reads the posts of the account, window by window, those made in Hootsuite among them.

    "GET /v1/messages" takes at most four weeks and sorts by the time of sending, so the position is the
    window and the time of the last post that was kept; a stopped run goes on with that moment.
    """

    _name = "hootsuite.post.pull"
    _inherit = "hootsuite.sync"
    _description = "Hootsuite Posts"
    _kind = "Posts"
    _stream = "posts"

    @api.model
    def _first_position(self, integration):
        now = fields.Datetime.now().replace(microsecond=0)
        start = now - timedelta(days=max(integration.sync_past_days, 1))
        end = now + timedelta(days=max(integration.sync_future_days, 1))
        windows = []
        while start < end:
            stop = min(start + timedelta(days=WINDOW_DAYS), end)
            windows.append([fields.Datetime.to_string(start), fields.Datetime.to_string(stop)])
            start = stop
        return {"windows": windows, "from": None, "open": [], "first": True}

    @api.model
    def _steps(self, run):
        while run.position["windows"]:
            try:
                self._read_window(run)
            except (NotFound, Rejected, PayloadError) as exc:
                # One window never stops the others.
                self._failed_item(run, " - ".join(run.position["windows"][0]), exc)
            windows = run.position["windows"][1:]
            self._page(
                run,
                lambda env, integration: None,
                windows=windows,
                open=[],
                first=False,
                **{"from": None},
            )
            run.check_time()

    @api.model
    def _read_window(self, run):
        start, end = (fields.Datetime.to_datetime(text) for text in run.position["windows"][0])
        begin = fields.Datetime.to_datetime(run.position["from"]) or start
        rows = []
        # Those in approval that have no time yet come with the first window only.
        found = run.client.messages(begin, end, unscheduled_reviews=run.position["first"])
        for message in found:
            rows.append(message)
            if len(rows) == PAGE:
                self._keep(run, rows)
                rows = []
                run.check_time()
        self._keep(run, rows)
        self._ask_missing(run, start, end)

    @api.model
    def _keep(self, run, messages):
        last = next(
            (message.scheduled_at for message in reversed(messages) if message.scheduled_at), None
        )
        at = (
            fields.Datetime.to_string(last.replace(tzinfo=None, microsecond=0))
            if last
            else run.position["from"]
        )
        seen = [*run.position["open"], *(message.hootsuite_id for message in messages)]

        def store(env, integration):
            return env["hootsuite.post"]._upsert(integration, messages)

        counts = self._page(run, store, open=seen, **{"from": at})
        for name, count in counts.items():
            run.counts[name] += count

    @api.model
    def _ask_missing(self, run, start, end):
        """Posts that Odoo takes for scheduled, and that the list does not have, are read one by one:
        they were deleted, moved, or are just being sent."""
        seen = set(run.position["open"])

        def ask(env, integration):
            posts = env["hootsuite.post"].search(
                [
                    ("integration_id", "=", integration.id),
                    ("state", "in", ("scheduled", "waiting")),
                    ("hootsuite_id", "!=", False),
                    ("push_state", "=", "idle"),
                    ("scheduled_at", ">=", start),
                    ("scheduled_at", "<", end),
                ]
            )
            for post in posts:
                if post.hootsuite_id not in seen:
                    post._ask(post.hootsuite_id)

        self._page(run, ask)

    @api.model
    def _done(self, run):
        run.integration._connector_store({"last_posts_at": fields.Datetime.now()})

    @api.model
    def _cron_pull(self):
        """Scheduled action: read the posts of all accounts."""
        for integration in self._connected():
            if self._quota_left(integration):
                self._enqueue(integration)
