"""Figures of profiles and posts, day by day."""

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import UniqueIndex

from ..tools.figures import FAMILIES, family, is_level
from .hootsuite_profile import NETWORKS


class HootsuiteMetric(models.Model):
    """One figure on one day.

    ``value`` is what the day added and may be summed up; ``total`` is the count or level as Hootsuite told
    it. Hootsuite tells figures of profiles per day, those of posts as a total so far: of these the day's
    part is the difference to the last reading before, and what was counted before the first reading stands
    on the day of the post. Rows are written by the import only, and never deleted by it.
    """

    _name = "hootsuite.metric"
    _description = "Social Figure"
    _order = "day desc, id desc"
    _log_access = False

    integration_id = fields.Many2one(
        "hootsuite.integration", "Hootsuite account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", index=True)
    kind = fields.Selection(
        [("profile", "Profile"), ("post", "Post")], "About", required=True, index=True
    )
    profile_id = fields.Many2one("hootsuite.profile", required=True, ondelete="cascade", index=True)
    network = fields.Selection(NETWORKS, required=True)
    post_id = fields.Many2one("hootsuite.post", ondelete="cascade", index="btree_not_null")
    campaign_id = fields.Many2one(
        related="post_id.campaign_id", string="Campaign", store=True, index="btree_not_null"
    )
    day = fields.Date(required=True, index=True)
    name = fields.Char("Figure", required=True)
    family = fields.Selection(FAMILIES, "What it counts", required=True, index=True)
    value = fields.Float("Added on the day", aggregator="sum")
    total = fields.Float("As told", aggregator="max", help="The count so far, or the level.")

    _day_unique = UniqueIndex(
        "(profile_id, COALESCE(post_id, 0), day, name)", "The figure of this day is known."
    )

    @api.model
    def _store(self, rows):
        """Write rows, replacing those of the same profile, post, day and name.

        :param rows: dicts ``integration, profile, post (or empty), day, name, value, total``
        :return: count of rows
        """
        if not rows:
            return 0
        self.flush_model()
        values = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                row["integration"].id,
                row["integration"].company_id.id or None,
                "post" if row["post"] else "profile",
                row["profile"].id,
                row["profile"].network,
                row["post"].id if row["post"] else None,
                (row["post"].campaign_id.id or None) if row["post"] else None,
                row["day"],
                row["name"],
                family(row["name"]),
                row["value"],
                row["total"],
            )
            for row in rows
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hootsuite_metric (integration_id, company_id, kind, profile_id, network,
                    post_id, campaign_id, day, name, family, value, total)
                VALUES %s
                ON CONFLICT (profile_id, COALESCE(post_id, 0), day, name)
                DO UPDATE SET value = excluded.value, total = excluded.total,
                    family = excluded.family, campaign_id = excluded.campaign_id
                """,
                SQL(", ").join(values),
            )
        )
        self.invalidate_model()
        return len(rows)

    @api.model
    def _store_profiles(self, integration, found):
        """Keep the daily figures of profiles.

        :param found: [:class:`adapters.analytics.ProfileFigures`]
        :return: count of rows
        """
        profiles = self.env["hootsuite.profile"]._known(
            integration, [figures.profile_id for figures in found]
        )
        levels = self._levels_before(integration, profiles, found)
        rows = {}
        for figures in sorted((f for f in found if f.day), key=lambda f: f.day):
            profile = profiles.get(figures.profile_id)
            if not profile:
                continue
            for name, number in figures.metrics.items():
                value = number
                if is_level(name):
                    before = levels.get((profile.id, name))
                    value = number - before[1] if before and before[0] < figures.day else 0.0
                    levels[profile.id, name] = (figures.day, number)
                rows[profile.id, figures.day, name] = {
                    "integration": integration,
                    "profile": profile,
                    "post": None,
                    "day": figures.day,
                    "name": name,
                    "value": value,
                    "total": number,
                }
        return self._store(list(rows.values()))

    @api.model
    def _levels_before(self, integration, profiles, found):
        """Return {(profile id, name): (day, level)} of the last reading before these rows."""
        days = [figures.day for figures in found if figures.day]
        if not days or not profiles:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (profile_id, name) profile_id, name, day, total"
                " FROM hootsuite_metric WHERE post_id IS NULL AND profile_id IN %s AND day < %s"
                " ORDER BY profile_id, name, day DESC",
                tuple(profile.id for profile in profiles.values()),
                min(days),
            )
        )
        return {(profile, name): (day, total) for profile, name, day, total in rows}

    @api.model
    def _store_posts(self, integration, found, today):
        """Keep the figures of posts, which are totals so far.

        :param found: [:class:`adapters.analytics.PostFigures`]
        :param today: day of this import; a repetition on the same day replaces its rows
        :return: count of rows
        """
        posts = self.env["hootsuite.post"]._posts_of_figures(integration, found)
        known = self._post_history([post.id for post in posts.values()], today)
        rows = {}
        for figures in found:
            post = posts.get((figures.profile_id, figures.external_id))
            if not post or not post.profile_id:
                continue
            born = (post.sent_at or fields.Datetime.now()).date()
            for name, number in figures.metrics.items():
                before, have_today = known.get((post.id, name), (None, False))
                day = today
                if before is None:
                    day, value = min(born, today), number
                else:
                    value = number - before
                    if not value and not have_today:
                        continue  # nothing new; no row is the same as one that says 0
                rows[post.id, day, name] = {
                    "integration": integration,
                    "profile": post.profile_id,
                    "post": post,
                    "day": day,
                    "name": name,
                    "value": value,
                    "total": number,
                }
        return self._store(list(rows.values()))

    @api.model
    def _post_history(self, post_ids, today):
        """Return {(post id, name): (total of the last reading before today or None, read today)}."""
        if not post_ids:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT post_id, name,
                    (array_agg(total ORDER BY day DESC) FILTER (WHERE day < %(today)s))[1],
                    bool_or(day = %(today)s)
                FROM hootsuite_metric WHERE post_id IN %(posts)s
                GROUP BY post_id, name
                """,
                today=today,
                posts=tuple(post_ids),
            )
        )
        return {(post, name): (before, read) for post, name, before, read in rows}


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    metric_ids = fields.One2many("hootsuite.metric", "post_id", "Figures")

    @api.model
    def _posts_of_figures(self, integration, found):
        """Return {(profile's id, id in the network): post}; unknown ones are made.

        Posts that were published in the network itself have figures as well.
        """
        profiles = self.env["hootsuite.profile"]._known(
            integration, [figures.profile_id for figures in found]
        )
        posts = self.search(
            [
                ("integration_id", "=", integration.id),
                ("network_ref", "in", [figures.external_id for figures in found]),
            ]
        )
        known = {(post.profile_id.hootsuite_id, post.network_ref): post for post in posts}
        for figures in found:
            key = (figures.profile_id, figures.external_id)
            profile = profiles.get(figures.profile_id)
            if not profile:
                continue
            post = known.get(key)
            at = figures.created_at.replace(tzinfo=None) if figures.created_at else False
            if not post:
                tags = self.env["hootsuite.tag"]._take(integration, figures.tags)
                post = known[key] = self.create(
                    {
                        "integration_id": integration.id,
                        "profile_id": profile.id,
                        "network_ref": figures.external_id,
                        "origin": "network",
                        "text": figures.text,
                        "state": "sent",
                        "scheduled_at": at,
                        "sent_at": at,
                        "post_url": figures.link or False,
                        "kind": figures.kind or False,
                        "tag_ids": [(6, 0, tags.ids)],
                        **tags._utm(),
                    }
                )
            else:
                changes = {}
                if figures.link and not post.post_url:
                    changes["post_url"] = figures.link
                if figures.kind and post.kind != figures.kind:
                    changes["kind"] = figures.kind
                if changes:
                    post.write(changes)
        return known
