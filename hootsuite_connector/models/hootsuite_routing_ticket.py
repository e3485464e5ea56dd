"""Tickets in whichever helpdesk is installed: OCA, Enterprise, or none."""

from dataclasses import dataclass

from odoo import api, models
from odoo.tools import is_html_empty


@dataclass(frozen=True)
class Backend:
    """One of the helpdesks that share the model name ``helpdesk.ticket``."""

    name: str
    team_model: str
    tag_model: str


BACKENDS = {
    "helpdesk.ticket.team": Backend("oca", "helpdesk.ticket.team", "helpdesk.ticket.tag"),
    "helpdesk.team": Backend("enterprise", "helpdesk.team", "helpdesk.tag"),
}
CHANNEL = "Social"


class HootsuiteTicket(models.AbstractModel):
    """Makes tickets without depending on a helpdesk.

    Found out at run time, because OCA's and Odoo's helpdesk both call their model
    ``helpdesk.ticket``: the model behind its field ``team_id`` tells which one it is.
    """

    _name = "hootsuite.ticket"
    _description = "Tickets of any Helpdesk"

    @api.model
    def _backend(self):
        """Return the :class:`Backend` that is installed, None when there is none we know."""
        if "helpdesk.ticket" not in self.env:
            return None
        team = self.env["helpdesk.ticket"]._fields.get("team_id")
        return BACKENDS.get(team.comodel_name) if team else None

    @api.model
    def _create(self, integration, rows):
        """Make tickets.

        :param rows: list of dict ``name, description (Markup), partner, email, phone, author,
            priority, rule``
        :return: tickets in the order of ``rows``
        """
        backend = self._backend()
        # sudo: a plain user may not create tickets; the routing rule of a manager decided it.
        tickets = self.env["helpdesk.ticket"].sudo()
        quiet = tickets.with_context(tracking_disable=True, mail_create_nosubscribe=True)
        channel = self._channel(integration) if backend.name == "oca" else None
        values = []
        for row in rows:
            rule, partner = row["rule"], row["partner"]
            team = rule.ticket_team_ref if rule else None
            vals = {
                "name": row["name"],
                # Both are NOT NULL in OCA's helpdesk, and a bare failure would cost the batch.
                "description": row["description"]
                if not is_html_empty(row["description"])
                else row["name"],
                "partner_id": partner.id or False,
                "partner_name": row["author"] or partner.name or False,
                "partner_email": row["email"] or False,
                "partner_phone": row["phone"] or False,
                "priority": row["priority"],
                "company_id": integration.company_id.id,
            }
            if team and team._name == backend.team_model:
                vals["team_id"] = team.id
            if rule and rule.user_id:
                vals["user_id"] = rule.user_id.id
            elif backend.name == "oca":
                # OCA's auto-assignment would take the user of the job, that is OdooBot.
                vals["user_id"] = False
            if channel:
                vals["channel_id"] = channel.id
            if rule and rule.tag_ids:
                tags = self._tags(backend, rule.tag_ids.mapped("name"), integration)
                vals["tag_ids"] = [(6, 0, tags.ids)]
            utm = row.get("utm") or {}
            vals.update({name: value for name, value in utm.items() if name in tickets._fields})
            values.append({name: v for name, v in vals.items() if name in tickets._fields})
        return quiet.create(values)

    @api.model
    def _channel(self, integration):
        channels = self.env["helpdesk.ticket.channel"].sudo()  # sudo: as the tickets
        domain = [("name", "=", CHANNEL), ("company_id", "in", [False, integration.company_id.id])]
        found = channels.search(domain, limit=1)
        return found or channels.create({"name": CHANNEL, "company_id": integration.company_id.id})

    @api.model
    def _tags(self, backend, names, integration):
        tags = self.env[backend.tag_model].sudo()  # sudo: as the tickets
        found = tags.search([("name", "in", names)])
        missing = [name for name in names if name not in found.mapped("name")]
        return found | tags.create([{"name": name} for name in missing])

    @api.model
    def _is_open(self, ticket):
        """Whether a ticket still waits for work."""
        stage = ticket.stage_id
        for name in ("closed", "is_close", "fold"):
            if name in stage._fields:
                return not stage[name]
        return True
