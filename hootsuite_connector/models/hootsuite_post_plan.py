"""The post as its author sees it: one text, several profiles."""

import hashlib
import json

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .hootsuite_post import FINAL

# What is approved, and therefore stands still while it waits or is out.
CONTENT = frozenset(
    {
        "text",
        "profile_ids",
        "integration_id",
        "timing",
        "scheduled_at",
        "attachment_ids",
        "tag_ids",
        "campaign_id",
        "medium_id",
        "board",
        "board_url",
    }
)
# What only code decides (it runs as superuser).
CODE = frozenset({"phase", "state", "approved_by_id", "approved_at", "digest", "author_id"})


class HootsuitePostPlan(models.Model):
    """What an author writes, for one or several profiles; each of them gets a `hootsuite.post`."""

    _name = "hootsuite.post.plan"
    _description = "Social Post"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "scheduled_at desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    text = fields.Text(help="Links become tracked links when the post goes out.")
    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["hootsuite.integration"].search(
            [("state", "=", "connected")], limit=1
        ),
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    author_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    profile_ids = fields.Many2many(
        "hootsuite.profile",
        string="Profiles",
        domain="[('integration_id', '=', integration_id)]",
    )
    timing = fields.Selection(
        [("at", "At a time"), ("now", "As soon as it is approved")], default="at", required=True
    )
    scheduled_at = fields.Datetime(
        "Goes out", copy=False, index=True, tracking=True, help="In your own time zone."
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Images and video")
    tag_ids = fields.Many2many(
        "hootsuite.tag", string="Tags", domain="[('integration_id', '=', integration_id)]"
    )
    campaign_id = fields.Many2one(
        "utm.campaign", ondelete="set null", index="btree_not_null", tracking=True
    )
    medium_id = fields.Many2one(
        "utm.medium",
        ondelete="set null",
        default=lambda self: self._default_medium(),
    )
    board = fields.Char("Pinterest board", help="Number of the board that gets the pin.")
    board_url = fields.Char("Pinterest link", help="Where a click on the pin leads.")
    phase = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for approval"),
            ("approved", "Approved"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for approval"),
            ("approved", "Approved"),
            ("scheduled", "Scheduled"),
            ("sent", "Sent"),
            ("partial", "Failed in part"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="What was approved.")
    post_ids = fields.One2many("hootsuite.post", "plan_id", "On each profile")
    needs_board = fields.Boolean(compute="_compute_needs_board")
    mine = fields.Boolean(compute="_compute_mine")
    may_approve = fields.Boolean(compute="_compute_mine")
    interactions = fields.Integer(compute="_compute_numbers")
    lead_count = fields.Integer("Leads", compute="_compute_numbers")

    @api.model
    def _default_medium(self):
        # sudo: a salesperson may use a medium, and it is made once.
        return self.env["utm.mixin"].sudo()._find_or_create_record("utm.medium", "social").id

    @api.depends("text")
    def _compute_name(self):
        for plan in self:
            text = " ".join((plan.text or "").split())
            plan.name = text[:60] + ("…" if len(text) > 60 else "") or self.env._("New post")

    @api.depends("phase", "post_ids.state")
    def _compute_state(self):
        for plan in self:
            plan.state = plan.phase
            if plan.phase == "approved":
                states = set(plan.post_ids.mapped("state")) - {"deleted", "draft"}
                bad = states & {"failed", "rejected"}
                if bad:
                    plan.state = "partial" if states - bad else "failed"
                elif states and states <= {"sent"}:
                    plan.state = "sent"
                elif states and "approved" not in states:
                    plan.state = "scheduled"

    @api.depends("profile_ids.network")
    def _compute_needs_board(self):
        for plan in self:
            plan.needs_board = "pinterest" in plan.profile_ids.mapped("network")

    @api.depends_context("uid")
    @api.depends("author_id", "integration_id.approval", "phase")
    def _compute_mine(self):
        manager = self.env.user.has_group("hootsuite_connector.group_hootsuite_manager")
        for plan in self:
            plan.mine = manager or plan.author_id == self.env.user
            own = plan.author_id == self.env.user
            plan.may_approve = (
                manager
                and plan.phase == "waiting"
                and (not own or plan.integration_id.approval != "second")
            )

    @api.depends_context("uid")
    def _compute_numbers(self):
        for plan in self:
            plan.interactions = sum(plan.post_ids.mapped("interactions"))
            plan.lead_count = sum(plan.post_ids.mapped("lead_count"))

    @api.constrains("integration_id", "profile_ids")
    def _check_profiles(self):
        for plan in self:
            strange = plan.profile_ids.filtered(
                lambda profile, plan=plan: profile.integration_id != plan.integration_id
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(name)s belongs to another Hootsuite account.", name=strange[0].name
                    )
                )

    # -- who may write what ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Make the posts on the profiles along with it."""
        if not self.env.su:
            for vals in vals_list:
                self._refuse(set(vals) & CODE)
        plans = super().create(vals_list)
        plans._take_attachments()
        plans._sync_posts()
        return plans

    def write(self, vals):
        """Contents stand still while they wait for approval or are out."""
        if not self.env.su:
            self._refuse(set(vals) & CODE)
            if CONTENT & set(vals) and any(plan.phase != "draft" for plan in self):
                raise UserError(
                    self.env._(
                        "Press Change first: the post goes back to draft, and what is scheduled at"
                        " Hootsuite is taken back."
                    )
                )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._take_attachments()
        if CONTENT & set(vals):
            self._sync_posts()
        return result

    @api.model
    def _refuse(self, names):
        if names:
            raise AccessError(
                self.env._(
                    "Only Odoo itself changes these fields of a post: %(names)s.",
                    names=", ".join(sorted(names)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unsent(self):
        for plan in self:
            if plan.post_ids.filtered(lambda post: post.hootsuite_id or post.attempts):
                raise UserError(
                    self.env._("Take the post back first; what was sent stays as history.")
                )

    def _take_attachments(self):
        """Files of a new post belong to it; nobody publishes files that he may not read."""
        for plan in self:
            # Reading a field asks the linked record's rights on every series (check_access of 18.0
            # does not).
            plan.attachment_ids.read(["name"])
            # sudo: the author's own uploads, which have no record yet.
            fresh = plan.attachment_ids.sudo().filtered(
                lambda file, plan=plan: (
                    file.res_model == plan._name
                    and not file.res_id
                    and file.create_uid == self.env.user
                )
            )
            fresh.write({"res_id": plan.id})

    def _sync_posts(self):
        """Keep one post per profile, with the contents of the plan."""
        for plan in self.sudo():  # sudo: posts are made by code
            posts = plan.post_ids
            for profile in plan.profile_ids - posts.profile_id:
                posts |= posts.create(
                    {
                        "plan_id": plan.id,
                        "integration_id": plan.integration_id.id,
                        "profile_id": profile.id,
                        "origin": "odoo",
                        "author_id": plan.author_id.id,
                    }
                )
            gone = posts.filtered(lambda post, plan=plan: post.profile_id not in plan.profile_ids)
            gone.filtered(
                lambda post: not (post.hootsuite_id or post.attempts or post.former_ids)
            ).unlink()
            posts = posts.exists().filtered(
                lambda post, plan=plan: post.profile_id in plan.profile_ids and post.state != "sent"
            )
            posts.write(
                {
                    "text": plan.text,
                    "scheduled_at": plan.scheduled_at if plan.timing == "at" else False,
                    "campaign_id": plan.campaign_id.id,
                    "medium_id": plan.medium_id.id,
                }
            )
            posts.filtered(lambda post: post.state == "deleted").write({"state": "draft"})

    def _content_digest(self):
        """Return a fingerprint of what is approved: text, files, profiles, time."""
        self.ensure_one()
        plan = self.sudo()  # sudo: checksums of files, whoever approves
        content = {
            "text": plan.text or "",
            "own": {str(post.profile_id.id): post.own_text for post in plan.post_ids},
            "profiles": sorted(plan.profile_ids.ids),
            "at": fields.Datetime.to_string(plan.scheduled_at) if plan.timing == "at" else "now",
            "files": [file.checksum or "" for file in plan.attachment_ids.sorted("id")],
            "tags": sorted(plan.tag_ids.mapped("name")),
            "board": [plan.board or "", plan.board_url or ""],
        }
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def copy_data(self, default=None):
        """A copy is a fresh draft with files of its own."""
        copies = super().copy_data(default)
        for plan, values in zip(self, copies, strict=True):
            if "attachment_ids" in values:
                files = plan.attachment_ids.copy({"res_id": False, "res_model": plan._name})
                values["attachment_ids"] = [Command.set(files.ids)]
        return copies

    def _open_posts(self):
        """Return the posts that are not through yet."""
        return self.post_ids.filtered(lambda post: post.state not in FINAL)
