from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .hootsuite_handle_resolve import digits


class HootsuiteHandle(models.Model):
    _inherit = "hootsuite.handle"

    def _merge_made_partners(self):
        """Give up contacts that we made for people who turn out to be contacts already.

        A message may come before the event that tells its author's e-mail address. Work needs a
        contact then, and one is made; when the address is told later and belongs to a contact, the
        one that was made goes into it with everything that hangs on it.
        """
        made = self.filtered(
            lambda handle: (
                handle.partner_made
                and handle.partner_id
                and not handle.is_own
                and (handle.email or handle.phone)
            )
        )
        for company in made.company_id:
            mine = made.filtered(lambda handle, company=company: handle.company_id == company)
            # Contacts made for the same person on two networks come together too.
            found = mine._partners_of_twins(company)
            by_email = mine._partners_by_email(company)
            by_phone = mine._partners_by_phone(company)
            for handle in mine.sorted("id"):
                ours = handle.partner_id
                proven = (
                    by_email.get(email_normalize(handle.email or ""))
                    or by_phone.get(digits(handle.phone))
                    or found.get(handle)
                    or ours.browse()
                ).exists()
                if proven and proven[0] != ours:
                    handle._merge_into(ours, proven[0])

    def _merge_into(self, made, kept):
        """Merge the contact ``made`` into ``kept`` unless it became somebody of its own meanwhile.

        Of two contacts that we made the older one stays.
        """
        self.ensure_one()
        both_made = bool(
            self.search_count([("partner_id", "=", kept.id), ("partner_made", "=", True)], limit=1)
        )
        if both_made and made.id < kept.id:
            made, kept = kept, made
        # sudo: background work on contacts that no user may see; nothing is shown.
        made, kept = made.sudo(), kept.sudo()
        if made.user_ids or made.child_ids or made.parent_id or made.is_company:
            return
        if made.email_normalized and made.email_normalized != kept.email_normalized:
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                # sudo: merging is for system administrators; the contact was made by code.
                self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
                    [made.id, kept.id], dst_partner=kept, extra_checks=False
                )
                self.env.flush_all()
        except UserError:
            # Some addon forbids it: both stay, and the managers are told.
            self.env.invalidate_all()
            self._tell_several(kept | made)
            return
        self.env.invalidate_all()
        # What the wizard does not know: where messages and conversations went.
        for model in ("hootsuite.message", "hootsuite.thread"):
            moved = self.env[model].search(
                [("target_model", "=", "res.partner"), ("target_id", "=", made.id)]
            )
            moved.write({"target_id": kept.id})
        if not both_made:
            self.search([("partner_id", "=", kept.id), ("partner_made", "=", True)]).write(
                {"partner_made": False}
            )
