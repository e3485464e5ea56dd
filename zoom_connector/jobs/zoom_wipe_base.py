"""Deletion of an account's data, second half: what connector_base keeps about it, and the proof."""

from odoo import api, fields, models
from odoo.tools import SQL

# Rows of the inbox that are emptied in one transaction.
EVENTS = 1000


class ZoomWipe(models.AbstractModel):
    _inherit = "zoom.wipe"

    # -- what connector_base keeps -------------------------------------------------------------

    @api.model
    def _wipe_inbox(self, run):
        """Deliveries: that something came stays, what it said goes."""
        while True:

            def work(env, mine):
                env.cr.execute(
                    "SELECT id FROM connector_event WHERE integration_model = %s"
                    " AND integration_id = %s AND id > %s ORDER BY id LIMIT %s FOR UPDATE",
                    (mine._name, mine.id, run.position["last"], EVENTS),
                )
                ids = [row[0] for row in env.cr.fetchall()]
                mine._forget_payloads(ids)
                env.cr.execute(
                    "UPDATE connector_event SET state = 'ignored' WHERE id = ANY(%s)"
                    " AND state IN ('received', 'retry', 'dead', 'quarantined')",
                    (ids,),
                )
                return ids

            ids = self._page(run, work)
            if not ids:
                return
            self._counted(run, "deliveries emptied", len(ids))
            self._page(run, lambda env, mine, last=ids[-1]: None, last=ids[-1])
            run.check_time()

    @api.model
    def _wipe_logs(self, run):
        """Excerpts of calls, findings about records, alerts, cached lists, texts of runs and jobs."""

        def work(env, mine):
            counts = {}
            of_account = [("integration_model", "=", mine._name), ("integration_id", "=", mine.id)]
            for name in ("connector.data.issue", "connector.alert", "connector.cache"):
                if name not in env:
                    continue
                domain = list(of_account)
                if name == "connector.alert":
                    # It says that the account has to be connected again, and nothing of persons.
                    domain.append(("cause", "!=", "auth_lost"))
                rows = env[name].with_context(active_test=False).search(domain)
                counts[name] = len(rows)
                rows.unlink()
            rows = env["connector.checkpoint"].search([*of_account, ("stream", "!=", self._stream)])
            rows.unlink()
            where = SQL("integration_model = %s AND integration_id = %s", mine._name, mine.id)
            counts["excerpts of calls"] = self._run_sql(
                env,
                SQL(
                    "UPDATE connector_api_log SET path = NULL, request = NULL, response = NULL,"
                    " error = NULL, request_id = NULL WHERE %s AND kind IN ('call', 'token')",
                    where,
                ),
            )
            self._run_sql(
                env, SQL("DELETE FROM connector_api_log WHERE %s AND kind = 'access'", where)
            )
            self._run_sql(env, SQL("UPDATE connector_sync_run SET message = NULL WHERE %s", where))
            self._run_sql(
                env,
                SQL(
                    "DELETE FROM ir_logging WHERE name = %s AND line = %s",
                    mine._name,
                    str(mine.id),
                ),
            )
            self._run_sql(
                env,
                SQL(
                    "UPDATE queue_job SET exc_info = NULL, exc_message = NULL, result = NULL"
                    " WHERE model_name LIKE 'zoom.%%' AND state IN ('done', 'failed', 'cancelled')"
                ),
            )
            env.invalidate_all()
            return counts

        for name, count in self._page(run, work).items():
            self._counted(run, name, count)

    @api.model
    def _run_sql(self, env, query):
        env.flush_all()
        env.cr.execute(query)
        return env.cr.rowcount

    @api.model
    def _wipe_files(self, run):
        """Attachments whose record is gone already, whatever made them."""

        def work(env, mine):
            attachments = env["ir.attachment"].search(
                [("res_model", "=like", "zoom.%"), ("res_id", "!=", False), ("id", ">", 0)]
            )
            orphans = attachments.browse()
            for model, members in attachments.grouped("res_model").items():
                known = set(
                    env[model]
                    .with_context(active_test=False)
                    .browse(members.mapped("res_id"))
                    .exists()
                    .ids
                    if model in env
                    else []
                )
                orphans |= members.filtered(lambda a, known=known: a.res_id not in known)
            orphans.unlink()
            return len(orphans)

        self._counted(run, "files", self._page(run, work))

    # -- the proof -----------------------------------------------------------------------------

    @api.model
    def _wipe_proof(self, run):
        position = run.position

        def work(env, mine):
            held = position.get("held") or 0
            kept = [
                self.env._("Calendar events, without link, topic, agenda and guests from Zoom."),
                self.env._("Settings of the account; contacts that the company has used itself."),
            ]
            if held:
                kept.append(self.env._("%(count)s recording files on legal hold.", count=held))
            env["connector.proof"]._add(
                mine,
                "deauthorization",
                self.env._("The app was removed in Zoom."),
                fields.Datetime.to_datetime(position["asked_at"]),
                {name: count for name, count in position["counts"].items() if count},
                "\n".join(kept),
            )

        self._page(run, work)
