"""From handles to contacts: found where there is one, made where work needs one, never twice."""

from odoo import api, models
from odoo.tools import SQL, email_normalize

from odoo.addons.connector_base.core.facts import Issue

from .hootsuite_handle_resolve import digits


class HootsuiteHandle(models.Model):
    _inherit = "hootsuite.handle"

    def _match_partners(self):
        """Link handles without contact to the contact that their e-mail or phone number names.

        A contact of the same person on another network counts first, then the e-mail address, then
        the phone number. Of several contacts with one address people come before companies, then the
        oldest; a data issue tells that there are several.
        """
        self._merge_made_partners()
        todo = self.filtered(
            lambda handle: (
                not handle.partner_id and not handle.is_own and (handle.email or handle.phone)
            )
        )
        if not todo:
            return
        for company in todo.company_id:
            mine = todo.filtered(lambda handle, company=company: handle.company_id == company)
            twins = mine._partners_of_twins(company)
            by_email = mine._partners_by_email(company)
            by_phone = mine._partners_by_phone(company)
            for handle in mine:
                email = email_normalize(handle.email or "")
                found = (
                    twins.get(handle)
                    or by_email.get(email)
                    or by_phone.get(digits(handle.phone))
                    or self.env["res.partner"]
                )
                if not found:
                    continue
                if len(found) > 1:
                    handle._tell_several(found)
                handle.partner_id = found[0]

    def _partners_of_twins(self, company):
        """Return dict handle -> contact of a handle with the same e-mail or phone."""
        wanted = {}
        for handle in self:
            for key in handle.keys or []:
                if key.startswith(("email|", "phone|")):
                    wanted.setdefault(key, []).append(handle)
        identities = self.env["hootsuite.handle.identity"].search_fetch(
            [("company_id", "=", company.id), ("key", "in", list(wanted))], ["key", "handle_id"]
        )
        found = {}
        for identity in identities:
            partner = identity.handle_id.partner_id
            if partner:
                for handle in wanted[identity.key]:
                    found.setdefault(handle, partner)
        return found

    @api.model
    def _in_order(self, partners):
        return partners.sorted(lambda partner: (partner.is_company, partner.id))

    def _partners_by_email(self, company):
        emails = {email_normalize(handle.email or "") for handle in self} - {False, ""}
        if not emails:
            return {}
        partners = self.env["res.partner"].search_fetch(
            [
                ("email_normalized", "in", list(emails)),
                ("company_id", "in", [False, company.id]),
            ],
            ["email_normalized", "is_company"],
        )
        return {
            email: self._in_order(found)
            for email, found in partners.grouped("email_normalized").items()
        }

    def _partners_by_phone(self, company):
        wanted = {digits(handle.phone) for handle in self}
        wanted = {number for number in wanted if len(number) >= 7}
        if not wanted:
            return {}
        # Served by an index on the very same expression, see res_partner.py.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0') FROM res_partner
                WHERE ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0') IN %s AND active
                    AND phone IS NOT NULL AND (company_id IS NULL OR company_id = %s)
                ORDER BY is_company, id
                """,
                tuple(wanted),
                company.id,
            )
        )
        found = {}
        for partner_id, number in rows:
            partner = self.env["res.partner"].browse(partner_id)
            found[number] = found.get(number, partner[:0]) | partner
        return found

    def _tell_several(self, partners):
        """Tell once that several contacts share one identity, and which one was taken."""
        self.ensure_one()
        integration = self.env["hootsuite.integration"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
        issues = self.env["connector.data.issue"]
        # sudo: background work; only whether a manager was told already.
        if issues.sudo().search_count(
            [
                ("res_model", "=", "hootsuite.handle"),
                ("res_id", "=", self.id),
                ("state", "=", "open"),
            ]
        ):
            return
        message = self.env._(
            "%(count)s contacts may be one person (contact numbers %(ids)s). The first was taken.",
            count=len(partners),
            ids=", ".join(str(partner.id) for partner in partners),
        )
        remedy = self.env._(
            "Merge the contacts (Contacts, select them, Action, Merge), or choose another contact"
            " on the social handle."
        )
        issues._add(integration, [Issue("contact", message, remedy)], record=self)

    def _make_partners(self):
        """Make a contact for each handle that has none; one for handles that are one person."""
        self._match_partners()
        todo = self.filtered(lambda handle: not handle.partner_id and not handle.is_own)
        groups = []
        by_key = {}
        for handle in todo.sorted("id"):
            keys = [key for key in handle.keys or [] if key.startswith(("email|", "phone|"))]
            group = next((by_key[key] for key in keys if key in by_key), None)
            if group is None:
                group = []
                groups.append(group)
            group.append(handle)
            by_key.update(dict.fromkeys(keys, group))
        values = []
        for group in groups:
            first = group[0]
            name = next((h.name for h in group if h.name), None) or (
                f"@{first.handle}" if first.handle else None
            )
            email = next((h.email for h in group if h.email), False)
            phone = next((h.phone for h in group if h.phone), False)
            values.append(
                {
                    "name": name or email or phone or self.env._("Somebody on a social network"),
                    "email": email,
                    "phone": phone,
                }
            )
        quiet = self.env["res.partner"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
        )
        for group, partner in zip(groups, quiet.create(values), strict=True):
            for handle in group:
                handle.write({"partner_id": partner.id, "partner_made": True})
        return todo.partner_id
