"""What a campaign brought: posts, figures, leads, revenue and tickets, side by side."""

from odoo import fields, models
from odoo.tools import SQL

TICKETS = "helpdesk.ticket"


class HootsuiteCampaignReport(models.Model):
    """One line for each thing that counts for a campaign, with its day; to be added up.

    Formulas (all over one campaign and period):

    - posts: posts in state "sent", by the day of sending
    - reach, interactions, clicks: sums of what the day added, of figures of that family, of its posts
    - leads: leads and opportunities of the campaign (those lost included), by the day they came in
    - won, revenue: opportunities in a won stage and their expected revenue, by the day they were won
    - tickets: tickets of the campaign, or of a message that was routed to a ticket and answers one of
      its posts
    """

    _name = "hootsuite.campaign.report"
    _description = "Results of Social Campaigns"
    _auto = False
    _order = "day desc, id desc"

    day = fields.Date(readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    post_id = fields.Many2one("hootsuite.post", readonly=True)
    profile_id = fields.Many2one("hootsuite.profile", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    posts = fields.Integer(readonly=True)
    reach = fields.Float(readonly=True)
    interactions = fields.Float(readonly=True)
    clicks = fields.Float(readonly=True)
    leads = fields.Integer(readonly=True)
    won = fields.Integer(readonly=True)
    revenue = fields.Float("Won revenue", readonly=True)
    tickets = fields.Integer(readonly=True)

    @property
    def _table_query(self):
        """The lines; tickets only where a helpdesk is installed, which is known at run time only."""
        parts = [self._select_posts(), self._select_figures(), self._select_leads()]
        parts += [part for part in (self._select_tickets(),) if part]
        return SQL(
            "SELECT row_number() OVER () AS id, line.* FROM (%s) AS line",
            SQL(" UNION ALL ").join(parts),
        )

    def _line(self, **columns):
        """Return the select list: what is not given is empty or zero."""
        names = {
            "day": SQL("NULL::date"),
            "campaign_id": SQL("NULL::integer"),
            "company_id": SQL("NULL::integer"),
            "post_id": SQL("NULL::integer"),
            "profile_id": SQL("NULL::integer"),
            "source_id": SQL("NULL::integer"),
            "medium_id": SQL("NULL::integer"),
            "posts": SQL("0"),
            "reach": SQL("0.0"),
            "interactions": SQL("0.0"),
            "clicks": SQL("0.0"),
            "leads": SQL("0"),
            "won": SQL("0"),
            "revenue": SQL("0.0"),
            "tickets": SQL("0"),
        }
        names.update(columns)
        return SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name)) for name, expression in names.items()
        )

    def _select_posts(self):
        self.env["hootsuite.post"].flush_model()
        return SQL(
            "SELECT %s FROM hootsuite_post p WHERE p.state = 'sent' AND p.campaign_id IS NOT NULL",
            self._line(
                day=SQL("p.sent_at::date"),
                campaign_id=SQL("p.campaign_id"),
                company_id=SQL("p.company_id"),
                post_id=SQL("p.id"),
                profile_id=SQL("p.profile_id"),
                source_id=SQL("p.source_id"),
                medium_id=SQL("p.medium_id"),
                posts=SQL("1"),
            ),
        )

    def _select_figures(self):
        return SQL(
            "SELECT %s FROM hootsuite_metric m JOIN hootsuite_post p ON p.id = m.post_id"
            " WHERE p.campaign_id IS NOT NULL AND m.family IN ('reach', 'interaction', 'click')",
            self._line(
                day=SQL("m.day"),
                campaign_id=SQL("p.campaign_id"),
                company_id=SQL("p.company_id"),
                post_id=SQL("p.id"),
                profile_id=SQL("p.profile_id"),
                source_id=SQL("p.source_id"),
                medium_id=SQL("p.medium_id"),
                reach=SQL("CASE WHEN m.family = 'reach' THEN m.value ELSE 0 END"),
                interactions=SQL("CASE WHEN m.family = 'interaction' THEN m.value ELSE 0 END"),
                clicks=SQL("CASE WHEN m.family = 'click' THEN m.value ELSE 0 END"),
            ),
        )

    def _select_leads(self):
        self.env["crm.lead"].flush_model()
        both = {
            "campaign_id": SQL("l.campaign_id"),
            "company_id": SQL("l.company_id"),
            "post_id": SQL("l.hootsuite_post_id"),
            "source_id": SQL("l.source_id"),
            "medium_id": SQL("l.medium_id"),
        }
        return SQL(
            "SELECT %s FROM crm_lead l WHERE l.campaign_id IS NOT NULL"
            " UNION ALL SELECT %s FROM crm_lead l JOIN crm_stage s ON s.id = l.stage_id"
            " WHERE l.campaign_id IS NOT NULL AND l.active AND s.is_won",
            self._line(day=SQL("l.create_date::date"), leads=SQL("1"), **both),
            self._line(
                day=SQL("COALESCE(l.date_closed, l.write_date)::date"),
                won=SQL("1"),
                revenue=SQL("COALESCE(l.expected_revenue, 0.0)"),
                **both,
            ),
        )

    def _select_tickets(self):
        """Tickets that say their campaign, and those made of messages that answer one of its posts."""
        if TICKETS not in self.env:
            return None
        tickets = self.env[TICKETS]
        tickets.flush_model()
        self.env["hootsuite.message"].flush_model()
        company = SQL("t.company_id") if "company_id" in tickets._fields else SQL("NULL::integer")
        campaign = tickets._fields.get("campaign_id")
        # OCA's tickets know no campaign, Enterprise's do.
        own = bool(campaign and campaign.store and campaign.comodel_name == "utm.campaign")
        parts = []
        if own:
            line = self._line(
                day=SQL("t.create_date::date"),
                campaign_id=SQL("t.campaign_id"),
                company_id=company,
                tickets=SQL("1"),
            )
            parts.append(
                SQL("SELECT %s FROM helpdesk_ticket t WHERE t.campaign_id IS NOT NULL", line)
            )
        line = self._line(
            day=SQL("t.create_date::date"),
            campaign_id=SQL("p.campaign_id"),
            company_id=company,
            post_id=SQL("p.id"),
            profile_id=SQL("p.profile_id"),
            source_id=SQL("p.source_id"),
            medium_id=SQL("p.medium_id"),
            tickets=SQL("1"),
        )
        parts.append(
            SQL(
                "(SELECT DISTINCT ON (t.id) %s FROM hootsuite_message m"
                " JOIN helpdesk_ticket t ON t.id = m.target_id"
                " JOIN hootsuite_post p ON p.integration_id = m.integration_id"
                " AND (p.network_ref = m.in_reply_to OR p.post_url = m.permalink)"
                " WHERE m.target_model = %s AND p.campaign_id IS NOT NULL%s ORDER BY t.id, p.id)",
                line,
                TICKETS,
                SQL(" AND t.campaign_id IS NULL") if own else SQL(""),
            )
        )
        return SQL(" UNION ALL ").join(parts)
