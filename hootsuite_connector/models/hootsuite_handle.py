from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.connector_base.compat import Constraint

from .hootsuite_profile import NETWORKS


class HootsuiteHandle(models.Model):
    """A person outside as one network shows him; several of them may be one contact."""

    _name = "hootsuite.handle"
    _description = "Social Handle"
    _order = "network, name, id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    network = fields.Selection(NETWORKS, required=True, readonly=True)
    key = fields.Char(
        required=True, readonly=True, help="The best identity that the person came with first."
    )
    handle = fields.Char(readonly=True, help="Name in the network, without @.")
    name = fields.Char(readonly=True, index="trigram")
    email = fields.Char(
        readonly=True, index="btree_not_null", help="As told by Hootsuite or the relay."
    )
    phone = fields.Char(readonly=True)
    picture_url = fields.Char("Picture", readonly=True)
    profile_url = fields.Char("Page in the network", readonly=True)
    # Set null, not cascade: who deletes a contact keeps what was said until it is erased or expires.
    partner_id = fields.Many2one(
        "res.partner", "Contact", index="btree_not_null", ondelete="set null"
    )
    partner_made = fields.Boolean(
        "Contact made from it", readonly=True, help="There was no contact with this person before."
    )
    is_own = fields.Boolean(
        "One of us",
        readonly=True,
        help="A colleague or one of our own profiles: never becomes a contact or work.",
    )
    keys = fields.Json(readonly=True, help="All that proves that somebody is this person.")
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")
    thread_ids = fields.One2many("hootsuite.thread", "handle_id", "Conversations")
    message_ids = fields.One2many("hootsuite.message", "handle_id", "Messages")

    _key_unique = Constraint(
        "UNIQUE (company_id, network, key)", "This person is known on this network already."
    )

    @api.depends("name", "handle", "network", "key")
    def _compute_display_name(self):
        networks = dict(NETWORKS)
        for handle in self:
            shown = f"@{handle.handle}" if handle.handle else handle.name or self.env._("Somebody")
            handle.display_name = f"{shown} ({networks[handle.network]})"

    def write(self, vals):
        """Users only choose the contact of a handle.

        :raises AccessError: somebody would change what the network told
        """
        if not self.env.su and set(vals) - {"partner_id"}:
            raise AccessError(self.env._("Only the contact of a handle can be changed."))
        if "partner_id" in vals and not self.env.su:
            vals = {**vals, "partner_made": False}
        return super().write(vals)

    def action_open_conversations(self):
        """List what was said with this person on this network."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_thread_action"
        )
        action["domain"] = [("handle_id", "=", self.id)]
        action["context"] = {}
        return action


class HootsuiteHandleIdentity(models.Model):
    """What proves that somebody is a certain person: technical, one row per proof.

    The unique key is what keeps two workers that see the same new person at once from making him
    twice: the second one's insert fails as a serialization error, and its batch is applied again.
    """

    _name = "hootsuite.handle.identity"
    _description = "Proof of a Social Identity"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True)
    key = fields.Char(required=True)
    handle_id = fields.Many2one("hootsuite.handle", required=True, ondelete="cascade", index=True)

    _key_unique = Constraint("UNIQUE (company_id, key)", "This proof belongs to somebody already.")
