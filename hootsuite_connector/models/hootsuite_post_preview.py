"""What stands against a post before it goes out, and how it will look."""

from markupsafe import Markup

from odoo import api, fields, models

from ..tools import links, post_rules

ICONS = {
    "facebook": "fa-facebook-square",
    "twitter": "fa-twitter",
    "instagram": "fa-instagram",
    "linkedin": "fa-linkedin-square",
    "pinterest": "fa-pinterest",
    "youtube": "fa-youtube-play",
    "whatsapp": "fa-whatsapp",
}


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    preview = fields.Html(compute="_compute_preview", sanitize=False)
    problem = fields.Text(compute="_compute_preview")

    def _effective_text(self):
        self.ensure_one()
        return (self.own_text or self.text or "").strip()

    def _target(self):
        self.ensure_one()
        profile = self.profile_id
        return post_rules.Target(
            network=profile.network or "other",
            network_type=profile.network_type or "",
            organization_owned=profile.owner_kind == "ORGANIZATION",
            needs_reconnect=profile.needs_reconnect,
        )

    def _media_facts(self):
        return [
            post_rules.Medium(file.name, file.mimetype or "", file.file_size)
            for file in self.plan_id.attachment_ids
        ]

    def _linked_text(self):
        """Return the text about as it will be sent: with parameters, where links get them."""
        self.ensure_one()
        text = self._effective_text()
        account = self.integration_id
        tracker = account.link_policy == "track" and "link.tracker" in self.env
        if account.link_policy == "none" or tracker:
            return text
        values = {
            "campaign": self.campaign_id.name,
            "source": self._source_name(),
            "medium": self.medium_id.name,
        }
        return links.replace(
            text, {link: links.with_utm(link, **values) for link in links.find(text)}
        )

    def _source_name(self):
        self.ensure_one()
        return f"{self.network or 'social'}-post-{self._origin.id or 'new'}"

    def _findings(self, text=None):
        """Return [(level, words)] about this post."""
        self.ensure_one()
        plan = self.plan_id
        ahead = None
        if plan.timing == "at" and plan.scheduled_at and not self.send_now:
            ahead = (plan.scheduled_at - fields.Datetime.now()).total_seconds() / 60
        found = post_rules.check(
            self._target(),
            self._linked_text() if text is None else text,
            self._media_facts(),
            (plan.tag_ids or plan.campaign_id),
            ahead,
            plan.board,
        )
        return [(finding.level, self._finding_words(finding)) for finding in found]

    @api.model
    def _finding_words(self, finding):
        words = {
            "network_gone": self.env._("This kind of profile can no longer be posted to."),
            "network_unknown": self.env._("Nothing can be published on this kind of profile."),
            "network_unsupported": self.env._(
                "Hootsuite says that programs cannot publish on this network; it may refuse."
            ),
            "reconnect": self.env._(
                "The profile must be reconnected in Hootsuite (Social accounts > Reconnect)."
            ),
            "board_missing": self.env._("Enter the number of the Pinterest board."),
            "empty": self.env._("Write something, or add a file."),
            "too_long": self.env._("%(count)s of %(limit)s characters: too long."),
            "hashtags": self.env._("%(count)s hashtags; %(limit)s are allowed."),
            "media_kind": self.env._(
                "%(name)s: Hootsuite takes JPEG, PNG, GIF and MP4 files only."
            ),
            "needs_video": self.env._("This network needs a video."),
            "needs_media": self.env._("This network needs an image or a video."),
            "no_images": self.env._("This network takes no images."),
            "too_many_images": self.env._("%(count)s images; %(limit)s are allowed."),
            "no_animation": self.env._("This network takes no GIF."),
            "one_video": self.env._("A video or GIF stands alone on this network."),
            "media_size": self.env._("%(name)s is larger than %(limit)s MB."),
            "tags_owner": self.env._(
                "Sent without tags: tags need a profile that an organization owns."
            ),
            "tags_network": self.env._("Sent without tags: this network has none."),
            "time_past": self.env._("The time to send it is over."),
            "time_close": self.env._(
                "Hootsuite may want at least %(minutes)s minutes between scheduling and sending."
            ),
        }[finding.code]
        return words % finding.values if finding.values else words

    @api.depends_context("lang", "uid")
    @api.depends(
        "text",
        "own_text",
        "profile_id",
        "state",
        "plan_id.attachment_ids",
        "plan_id.timing",
        "plan_id.scheduled_at",
        "plan_id.tag_ids",
        "plan_id.campaign_id",
        "plan_id.board",
        "campaign_id",
        "error",
    )
    def _compute_preview(self):
        for post in self:
            open_draft = post.plan_id and post.state in ("draft", "waiting")
            findings = post._findings() if open_draft else []
            post.problem = "\n".join(words for _level, words in findings)
            post.preview = post._preview_html(findings)

    def _preview_html(self, findings):
        network = self.network or "other"
        text = self._effective_text() if not self.sent_text else self.sent_text
        limit = post_rules.limit(network)
        count = post_rules.length(self._linked_text() if self.plan_id else text, network)
        counter = f"{count:,} / {limit:,}" if limit else f"{count:,}"
        shown = Markup("<br/>").join(text.split("\n"))
        files = Markup().join(self._file_html(file) for file in self.plan_id.attachment_ids)
        notes = Markup().join(
            Markup('<div class="text-{look} small">{words}</div>').format(
                look="danger" if level == "error" else "warning", words=words
            )
            for level, words in findings
        )
        return Markup(
            '<div class="o_hootsuite_preview border rounded p-2 h-100">'
            '<div class="d-flex align-items-center mb-1"><i class="fa {icon} me-2" role="img" '
            'title="{network}" aria-label="{network}"></i><b class="text-truncate">{name}</b>'
            '<span class="ms-auto ps-2 small text-nowrap {look}">{counter}</span></div>'
            '<div class="text-break">{text}</div>'
            '<div class="d-flex flex-wrap gap-1 mt-1">{files}</div>{notes}</div>'
        ).format(
            icon=ICONS.get(network, "fa-share-alt"),
            network=dict(self._fields["network"]._description_selection(self.env)).get(network, ""),
            name=self.profile_id.name or "",
            look="text-danger" if limit and count > limit else "text-muted",
            counter=counter,
            text=shown,
            files=files,
            notes=notes,
        )

    @api.model
    def _file_html(self, file):
        if (file.mimetype or "").startswith("image/") and file._origin.id:
            return Markup(
                '<img src="/web/image/{id}/120x120" alt="{name}" class="rounded" '
                'style="max-height: 90px"/>'
            ).format(id=file._origin.id, name=file.name)
        return Markup('<span class="badge text-bg-secondary">{name}</span>').format(name=file.name)


class HootsuitePostPlan(models.Model):
    _inherit = "hootsuite.post.plan"

    previews = fields.Html(compute="_compute_previews", sanitize=False)
    problem_count = fields.Integer("Problems", compute="_compute_previews")

    @api.depends_context("lang", "uid")
    @api.depends(
        "text",
        "profile_ids",
        "attachment_ids",
        "timing",
        "scheduled_at",
        "tag_ids",
        "campaign_id",
        "medium_id",
        "board",
        "phase",
        "post_ids.own_text",
        "post_ids.state",
        "post_ids.sent_text",
    )
    def _compute_previews(self):
        for plan in self:
            cards, problems = [], 0
            for profile in plan.profile_ids:
                post = plan.post_ids.filtered(lambda post, p=profile: post.profile_id == p._origin)
                # What is being typed is not saved yet: looked at in a record that never will be.
                draft = self.env["hootsuite.post"].new(
                    {
                        "plan_id": plan,
                        "integration_id": plan.integration_id,
                        "profile_id": profile._origin.id,
                        "text": plan.text,
                        "own_text": post[:1].own_text,
                        "sent_text": post[:1].sent_text if plan.phase == "approved" else False,
                        "campaign_id": plan.campaign_id,
                        "medium_id": plan.medium_id,
                    }
                )
                findings = draft._findings() if plan.phase in ("draft", "waiting") else []
                problems += sum(level == "error" for level, _words in findings)
                cards.append(
                    Markup('<div class="col-12 col-md-6 mb-2">{card}</div>').format(
                        card=draft._preview_html(findings)
                    )
                )
            plan.problem_count = problems
            plan.previews = (
                Markup('<div class="row">{cards}</div>').format(cards=Markup().join(cards))
                if cards
                else Markup('<p class="text-muted">{words}</p>').format(
                    words=self.env._("Choose profiles to see how the post will look.")
                )
            )
