"""An agent presses Lookup in Hootsuite: what Odoo knows of the contact."""

from odoo import models
from odoo.tools import SQL, email_normalize

from ..adapters.steering import ContactAttributes, Steer

LEAST_DIGITS = 7


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    def _lookup_answer(self, asked):
        """Return what to show of the contact that an agent looks up.

        :param asked: :class:`adapters.steering.LookupRequest`
        :return: :class:`adapters.steering.ContactAttributes`; None when nobody is found, several
            are, or the account does not answer look-ups
        """
        self.ensure_one()
        if self._webhook_settings()["lookup_policy"] != "answer":
            return None
        # sudo: the signature proved that Hootsuite asks; the account's setting permits the answer.
        account = self.sudo()
        partner = account._lookup_partner(asked)
        if len(partner) != 1:
            return None
        self.env["connector.api.log"]._log_audit(
            self, "access", f"contact {partner.id} shown to an agent in Hootsuite"
        )
        return ContactAttributes(account._lookup_values(partner))

    def _lookup_partner(self, asked):
        """Return the contacts meant by a look-up; parts of the addon that know handles extend it.

        By e-mail address first, then by phone number; contacts of other companies are not told.
        """
        partners = self.env["res.partner"]
        scope = ["|", ("company_id", "=", False), ("company_id", "=", self.company_id.id)]
        email = email_normalize(asked.email or "")
        if email:
            partners = partners.search([("email_normalized", "=", email), *scope], limit=2)
        if not partners and asked.phone:
            partners = self._lookup_by_phone(_digits(asked.phone))
        return partners

    def _lookup_by_phone(self, digits):
        """Return at most two contacts with this number, however it is written."""
        partners = self.env["res.partner"]
        if len(digits) < LEAST_DIGITS:
            return partners
        partners.flush_model(["phone", "active", "company_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE active AND phone IS NOT NULL"
                " AND regexp_replace(phone, '[^0-9]', '', 'g') = %s"
                " AND (company_id IS NULL OR company_id = %s) ORDER BY id LIMIT 2",
                digits,
                self.company_id.id,
            )
        )
        return partners.browse(row[0] for row in rows)

    def _lookup_values(self, partner):
        """Return attribute -> text; only what is known, since an empty value deletes."""
        first, _blank, last = (partner.name or "").partition(" ")
        values = {
            "id": str(partner.id),
            "first_name": first,
            "last_name": last.strip(),
            "email": partner.email_normalized or partner.email,
            "phone": partner.phone,
            "company": partner.commercial_company_name,
        }
        return {name: value for name, value in values.items() if value}

    def _agent_reply(self, body):
        """Return the answer to an event of the virtual agent: an action object, often empty.

        :param body: the verified, decoded event
        """
        hand_over = self._webhook_settings()["agent_answer"] == "handover"
        if hand_over and body.get("type") == "INBOUND_MESSAGE_RECEIVED":
            return Steer(complete="HANDOVER").to_wire()
        return {}


def _digits(text):
    return "".join(letter for letter in text or "" if letter.isdigit())
