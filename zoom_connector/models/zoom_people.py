"""From people in Zoom to contacts in Odoo: found, made once, or left alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from odoo.addons.connector_base.compat import Constraint
from odoo.addons.connector_base.core.facts import Issue

from ..tools import addresses


@dataclass
class Decision:
    """What becomes of one person.

    :ivar rule: zoom.user.rule that decided, empty for the account's general choice
    :ivar action: user, partner, find, external or ignore
    :ivar affiliation: staff, contact or external
    :ivar partner: res.partner that was found, or empty
    :ivar create: a contact is to be made
    :ivar why: reason in plain words
    :ivar several: contacts among which `partner` was chosen
    """

    rule: object
    action: str
    partner: object
    affiliation: str = "external"
    create: bool = False
    why: str = ""
    several: list = field(default_factory=list)


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    own_domains = fields.Char(
        "Own e-mail domains",
        help="Besides those of your companies, separated by commas. People with such an address "
        "are own staff: they never become contacts.",
    )

    def _own_domains(self):
        """Return the e-mail domains of our own people; public providers are nobody's own."""
        self.ensure_one()
        # sudo (both): domains of companies decide about people, whoever's work it is.
        companies = self.env["res.company"].sudo().search([("email", "!=", False)])
        domains = {addresses.domain_of(company.email) for company in companies}
        aliases = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        domains |= set(aliases.mapped("name"))
        entered = self.own_domains or ""
        domains |= {part.strip().lower().lstrip("@") for part in entered.split(",")}
        return {domain.lower() for domain in domains if domain} - addresses.PUBLIC_PROVIDERS


class ZoomContact(models.Model):
    """One row per contact that the connector made: two workers never make two for one address."""

    _name = "zoom.contact"
    _description = "Contact Made From Zoom"
    _rec_name = "address"

    address = fields.Char(required=True, readonly=True, help="Without the tag of a plus-address.")
    company_key = fields.Integer(
        required=True, readonly=True, help="Company of the contact; 0 when it belongs to none."
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, ondelete="cascade", index=True
    )

    _address_unique = Constraint(
        "UNIQUE (address, company_key)", "A contact with this address was made already."
    )


class ZoomPeople(models.AbstractModel):
    """Decides about people, many at once and with a handful of statements."""

    _name = "zoom.people"
    _description = "Zoom People Matching"

    @api.model
    def _decide(self, integration, persons):
        """Return a `Decision` for each person; changes nothing.

        :param integration: zoom.integration
        :param list persons: dicts with any of name, email, zoom_user_id
        """
        Partner = self.env["res.partner"]
        emails = {email_normalize(person.get("email") or "") or "" for person in persons} - {""}
        matchers = self.env["zoom.user.rule"]._matchers(integration)
        staff = self._staff(integration, persons, emails)
        found = self._candidates(integration.company_id, emails)
        own_domains = integration._own_domains()
        decisions = []
        for person in persons:
            email = email_normalize(person.get("email") or "") or ""
            name = (person.get("name") or "").strip()
            rule = next((r for r, fits in matchers if fits(email, name)), None)
            action = rule.action if rule else self._general_action(integration)
            decision = Decision(
                rule=rule or self.env["zoom.user.rule"], action=action, partner=Partner
            )
            decisions.append(decision)
            colleague = staff.get(("id", person.get("zoom_user_id")))
            if not colleague:
                colleague = staff.get(("mail", email), colleague)
            own = any(addresses.is_in_domain(email, domain) for domain in own_domains)
            if action == "ignore":
                decision.why = self.env._("Ignored by a rule: not counted.")
            elif action == "user" and rule.user_id:
                self._as_staff(decision, rule.user_id.partner_id)
            elif colleague is not None or own:
                self._as_colleague(decision, colleague, found.get(email), name)
            elif action == "user":
                decision.why = self.env._("No Odoo user has this address.")
            elif action == "external":
                decision.why = self.env._("Counted without a contact.")
            elif not email:
                decision.why = self.env._("Zoom tells no address.")
            else:
                self._as_contact(decision, found.get(email), name)
        return decisions

    @api.model
    def _general_action(self, integration):
        return "partner" if integration.partner_policy == "create" else "find"

    @api.model
    def _as_staff(self, decision, partner):
        decision.partner, decision.affiliation = partner, "staff"
        decision.why = self.env._("Own staff: the contact of the Odoo user.")

    @api.model
    def _as_colleague(self, decision, user, candidates, name):
        """Own people are linked to what there is of them; no contact is ever made."""
        if user:
            self._as_staff(decision, user.partner_id)
        else:
            decision.affiliation = "staff"
            decision.why = self.env._("Own staff without Odoo user: no contact is made.")
            if candidates and decision.action != "external":
                decision.partner = self._choose(candidates, name)[0]
                decision.why = self.env._("Own staff: an existing contact.")
        if decision.action == "external":
            decision.partner = decision.partner.browse()

    @api.model
    def _as_contact(self, decision, candidates, name):
        usable = [partner for partner in candidates or [] if partner.active]
        decision.affiliation = "contact"
        if usable:
            chosen, several = self._choose(usable, name)
            decision.partner, decision.several = chosen, several
            decision.why = (
                self.env._("%(count)s contacts have this address.", count=len(several))
                if several
                else self.env._("Contact with this address.")
            )
        elif candidates:
            decision.affiliation = "external"
            decision.why = self.env._("The contact with this address is archived.")
        elif decision.action == "partner":
            decision.create = True
            decision.why = self.env._("No contact has this address: one is made.")
        else:
            decision.affiliation = "external"
            decision.why = self.env._("No contact has this address.")

    @api.model
    def _choose(self, candidates, name):
        """Return (the contact, all of equal right when there are several).

        The same choice each time: the contact of an Odoo user, then the one who is named as the
        person is named in Zoom, then a person rather than a company, then the oldest. Candidates
        with exactly this address come before those that differ in the tag of a plus-address.
        """
        wanted = name.strip().casefold()
        ranked = sorted(
            candidates,
            key=lambda partner: (
                partner.partner_share,
                not wanted or (partner.name or "").strip().casefold() != wanted,
                partner.is_company,
                partner.id,
            ),
        )
        return ranked[0], ranked if len(ranked) > 1 else []

    @api.model
    def _candidates(self, company, emails):
        """Return dict address -> contacts with it, archived ones included.

        Exact addresses first; where there is none, those that differ only in a plus-tag.
        """
        if not emails:
            return {}
        bare = {email: addresses.canonical(email) for email in emails}
        self.env["res.partner"].flush_model(["email_normalized", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, email_normalized FROM res_partner
                 WHERE email_normalized = ANY(%(all)s)
                   AND (company_id IS NULL OR company_id = %(company)s)
                 UNION
                SELECT id, email_normalized FROM res_partner
                 WHERE strpos(email_normalized, '+') > 0
                   AND split_part(split_part(email_normalized, '@', 1), '+', 1) || '@'
                       || split_part(email_normalized, '@', 2) = ANY(%(bare)s)
                   AND (company_id IS NULL OR company_id = %(company)s)
                 ORDER BY id
                """,
                all=sorted(set(emails) | set(bare.values())),
                bare=sorted(set(bare.values())),
                company=company.id or None,
            )
        )
        # sudo: whether a contact exists must not depend on whose work asks; else it is made twice.
        partners = self.env["res.partner"].sudo().browse([row[0] for row in rows])
        exact, similar = defaultdict(list), defaultdict(list)
        for partner, (_id, address) in zip(partners, rows, strict=True):
            exact[address].append(partner)
            similar[addresses.canonical(address)].append(partner)
        found = {email: exact.get(email) or similar.get(bare[email]) for email in emails}
        return {email: partners for email, partners in found.items() if partners}

    @api.model
    def _staff(self, integration, persons, emails):
        """Return dict ("id", Zoom id) or ("mail", address) -> Odoo user (empty: staff without)."""
        ids = {person["zoom_user_id"] for person in persons if person.get("zoom_user_id")}
        bare = {email: addresses.canonical(email) for email in emails}
        every = sorted(set(bare) | set(bare.values()))
        users = (
            self.env["zoom.user"]
            .with_context(active_test=False)
            .search(
                [
                    ("integration_id", "=", integration.id),
                    ("status", "!=", "unknown"),
                    "|",
                    ("zoom_id", "in", list(ids)),
                    ("email", "in", every),
                ]
            )
        )
        staff = {}
        by_mail = {}
        for address, found in self.env["zoom.user"]._find_odoo_users(every).items():
            company = integration.company_id.id
            fitting = [uid for uid, companies in found if not company or company in companies]
            by_mail[address] = self.env["res.users"].browse((fitting or [found[0][0]])[:1])
        for user in users:
            staff["id", user.zoom_id] = user.user_id
            if user.email and not by_mail.get(user.email):
                by_mail[user.email] = user.user_id
        for email in emails:
            known = by_mail.get(email)
            if known is None:
                known = by_mail.get(bare[email])
            if known is not None:
                staff["mail", email] = known
        return staff

    @api.model
    def _make_contacts(self, integration, wanted):
        """Create the contacts that were decided on.

        :param dict wanted: address -> name
        :return: dict address -> res.partner; two addresses that differ in a plus-tag share one
        """
        company = integration.company_id
        by_address = defaultdict(list)
        for email in sorted(wanted):
            by_address[addresses.canonical(email)].append(email)
        # Two workers that see the same stranger at once collide on the unique key of the claim; the
        # second one's transaction is done again and then finds the contact.
        # sudo: the account's rule says that contacts are made, whoever's work meets the person.
        Contact = self.env["zoom.contact"].sudo()
        claims = Contact.search(
            [("address", "in", list(by_address)), ("company_key", "=", company.id or 0)]
        )
        made = {}
        for claim in claims:
            # Made before; somebody corrected its address or archived it since.
            for email in by_address.pop(claim.address):
                made[email] = claim.partner_id.filtered("active")
        partners = (
            self.env["res.partner"]
            .sudo()  # sudo: as above
            .create(
                [
                    {
                        "name": wanted[emails[0]] or emails[0],
                        "email": min(emails, key=len),
                        "company_id": company.id,
                    }
                    for emails in by_address.values()
                ]
            )
        )
        Contact.create(
            [
                {"address": address, "company_key": company.id or 0, "partner_id": partner.id}
                for address, partner in zip(by_address, partners, strict=True)
            ]
        )
        Contact.flush_model()
        for emails, partner in zip(by_address.values(), partners, strict=True):
            made.update(dict.fromkeys(emails, partner))
        return made

    @api.model
    def _ask_about_doubles(self, integration, decisions):
        """Raise one data issue per address that several contacts have."""
        doubles = {decision.partner: decision.several for decision in decisions if decision.several}
        if not doubles:
            return
        Issues = self.env["connector.data.issue"]
        # sudo: questions are raised by background work for managers.
        told = set(
            Issues.sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", [partner.id for partner in doubles]),
                    ("field", "=", "email"),
                    ("state", "!=", "resolved"),
                ]
            )
            .mapped("res_id")
        )
        for partner, several in doubles.items():
            if partner.id in told:
                continue
            issue = Issue(
                field="email",
                message=self.env._(
                    "%(count)s contacts have one e-mail address (numbers %(ids)s). Attendance in "
                    "Zoom goes to number %(chosen)s.",
                    count=len(several),
                    ids=", ".join(str(one.id) for one in several),
                    chosen=partner.id,
                ),
                remedy=self.env._(
                    "Merge the contacts, or correct the address of all but one of them."
                ),
            )
            Issues._add(integration, [issue], record=partner)
