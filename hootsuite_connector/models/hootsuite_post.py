"""Posts: one record for each post on each social profile, whoever made it."""

import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.connector_base.compat import UniqueIndex

STATES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for approval"),
    ("approved", "Approved"),
    ("scheduled", "Scheduled"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("rejected", "Rejected"),
    ("deleted", "Taken back"),
]
# What people may write; everything else is code's affair (it runs as superuser).
PEOPLE_WRITE = frozenset({"own_text", "campaign_id"})
FINAL = ("sent", "deleted")


class HootsuitePost(models.Model):
    """One post on one social profile.

    Hootsuite makes one message per profile, so the record is the unit of everything that can go wrong.
    Posts of Odoo belong to a plan (what the author wrote); others were made in Hootsuite or found by
    their figures only.
    """

    _name = "hootsuite.post"
    _description = "Social Post on a Profile"
    _order = "scheduled_at desc, id desc"
    _rec_name = "name"

    name = fields.Char(compute="_compute_name")
    hootsuite_id = fields.Char("Hootsuite ID", readonly=True, copy=False, index=True)
    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    plan_id = fields.Many2one(
        "hootsuite.post.plan", "Post", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    origin = fields.Selection(
        [("odoo", "Odoo"), ("hootsuite", "Hootsuite"), ("network", "The network itself")],
        "Made in",
        default="hootsuite",
        required=True,
        readonly=True,
    )
    profile_id = fields.Many2one(
        "hootsuite.profile", readonly=True, ondelete="set null", index=True
    )
    network = fields.Selection(related="profile_id.network", store=True, readonly=True, index=True)
    author_id = fields.Many2one("res.users", readonly=True, index=True)
    member_id = fields.Many2one("hootsuite.member", "Made by member", readonly=True)
    text = fields.Text(readonly=True)
    own_text = fields.Text("Text for this profile", help="Leave empty to use the text of the post.")
    sent_text = fields.Text("Text at Hootsuite", readonly=True, copy=False)
    scheduled_at = fields.Datetime("Goes out", readonly=True, index=True)
    sent_at = fields.Datetime(readonly=True, copy=False, index=True)
    state = fields.Selection(STATES, default="draft", required=True, readonly=True, index=True)
    remote_state = fields.Char("State at Hootsuite", readonly=True, copy=False)
    sequence_number = fields.Integer(readonly=True, copy=False)
    post_url = fields.Char("Address of the post", readonly=True, copy=False)
    network_ref = fields.Char("ID in the network", readonly=True, copy=False, index=True)
    kind = fields.Char(readonly=True)
    tag_ids = fields.Many2many("hootsuite.tag", string="Tags", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", ondelete="set null", index="btree_not_null")
    source_id = fields.Many2one(
        "utm.source",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="Its own for each post, so that a lead is traced to the post that brought it.",
    )
    medium_id = fields.Many2one("utm.medium", readonly=True, ondelete="set null")

    # -- on its way to Hootsuite -------------------------------------------------------------------
    wanted = fields.Selection(
        [("nothing", "Nothing"), ("scheduled", "To be at Hootsuite"), ("deleted", "To be gone")],
        default="nothing",
        required=True,
        readonly=True,
        copy=False,
    )
    push_state = fields.Selection(
        [
            ("idle", "Nothing to do"),
            ("pending", "Waiting"),
            ("sending", "Being sent"),
            ("blocked", "Waits for the account"),
            ("failed", "Not accepted"),
        ],
        "On its way",
        default="idle",
        required=True,
        readonly=True,
        index=True,
        copy=False,
    )
    send_now = fields.Boolean(readonly=True, copy=False)
    next_try_at = fields.Datetime("Next try", readonly=True, copy=False)
    tries = fields.Integer(readonly=True, copy=False)
    error = fields.Text("Reason", readonly=True, copy=False)
    remedy = fields.Text("What to do", readonly=True, copy=False)
    attempts = fields.Json(
        readonly=True,
        copy=False,
        help="Calls whose answer is not known: what to look for at Hootsuite.",
    )
    former_ids = fields.Json(readonly=True, copy=False, help="Hootsuite's ids of former versions.")
    remote_digest = fields.Char(readonly=True, copy=False)
    token = fields.Char(readonly=True, copy=False, default=lambda self: uuid.uuid4().hex)

    # -- what became of it --------------------------------------------------------------------------
    interactions = fields.Integer(compute="_compute_figures")
    reach = fields.Integer(compute="_compute_figures")
    clicks = fields.Integer(compute="_compute_figures")
    lead_count = fields.Integer("Leads", compute="_compute_leads")
    won_revenue = fields.Monetary(compute="_compute_leads")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    _hootsuite_id_unique = UniqueIndex(
        "(integration_id, hootsuite_id) WHERE hootsuite_id IS NOT NULL",
        "The account knows this post already.",
    )

    @api.depends("text", "own_text", "profile_id.name", "network")
    def _compute_name(self):
        for post in self:
            text = " ".join((post.own_text or post.text or "").split())
            start = text[:60] + ("…" if len(text) > 60 else "")
            post.name = start or post.profile_id.name or self.env._("Post")

    @api.depends_context("uid")
    def _compute_figures(self):
        totals = {}
        for post, family, value in self.env["hootsuite.metric"]._read_group(
            [("post_id", "in", self.ids)], ["post_id", "family"], ["value:sum"]
        ):
            totals[post.id, family] = value
        for post in self:
            post.interactions = round(totals.get((post.id, "interaction"), 0))
            post.reach = round(totals.get((post.id, "reach"), 0))
            post.clicks = round(totals.get((post.id, "click"), 0))

    @api.depends_context("uid")
    @api.depends("source_id")
    def _compute_leads(self):
        leads, revenue = {}, {}
        Lead = self.env["crm.lead"].with_context(active_test=False)
        if Lead.has_access("read") and self.source_id:
            domain = [("hootsuite_post_id", "in", self.ids)]
            leads = dict(Lead._read_group(domain, ["hootsuite_post_id"], ["__count"]))
            won = [*domain, ("stage_id.is_won", "=", True), ("active", "=", True)]
            revenue = dict(Lead._read_group(won, ["hootsuite_post_id"], ["expected_revenue:sum"]))
        for post in self:
            post.lead_count = leads.get(post, 0)
            post.won_revenue = revenue.get(post, 0.0)

    @api.depends("company_id")
    def _compute_currency_id(self):
        for post in self:
            post.currency_id = (post.company_id or self.env.company).currency_id

    # -- who may write what -------------------------------------------------------------------------

    def write(self, vals):
        """People write the text for a profile and the campaign; code writes the rest."""
        if not self.env.su:
            strange = set(vals) - PEOPLE_WRITE
            if strange:
                raise AccessError(
                    self.env._(
                        "Only Odoo itself changes these fields of a post: %(names)s.",
                        names=", ".join(sorted(strange)),
                    )
                )
            if "own_text" in vals:
                for post in self:
                    if post.plan_id.phase != "draft" or post.state in FINAL:
                        raise UserError(
                            self.env._("Press Change on the post before you change its text.")
                        )
        return super().write(vals)

    # -- buttons ------------------------------------------------------------------------------------

    def action_open_plan(self):
        """Open the post as its author wrote it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hootsuite.post.plan",
            "res_id": self.plan_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_address(self):
        """Open the post in its network."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.post_url, "target": "new"}

    def action_view_leads(self):
        """List the leads that this post brought."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads of the post"),
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("hootsuite_post_id", "=", self.id)],
            "context": {"active_test": False, "create": False},
        }

    def action_view_figures(self):
        """Show the figures of this post over time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_metric_action"
        )
        context = {"search_default_group_day": 1, "search_default_group_name": 1}
        return {**action, "domain": [("post_id", "=", self.id)], "context": context}

    def action_retry(self):
        """Try again to bring these posts where they belong."""
        self.check_access("write")
        self.sudo()._push_again()  # sudo: the outbox is written by code

    def action_take_back(self):
        """Delete posts at Hootsuite that are not sent yet."""
        self.check_access("write")
        if not self.env.user.has_group("hootsuite_connector.group_hootsuite_manager"):
            foreign = self.filtered(lambda post: post.author_id != self.env.user)
            if foreign:
                raise AccessError(
                    self.env._("Only its author or a Hootsuite manager takes a post back.")
                )
        # sudo: as above
        self.sudo()._take_back()
