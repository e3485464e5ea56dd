from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint

from .hootsuite_profile import NETWORK_KEYS, NETWORKS


class HootsuiteMessageChannel(models.Model):
    """Where conversations come in: a channel of Inbox 2.0, or a profile that a relay names.

    Inbox 2.0 numbers its channels apart from Hootsuite's social profiles and tells no relation, so
    the profile is found by network and name, and a manager may correct it.
    """

    _name = "hootsuite.message.channel"
    _description = "Hootsuite Inbox Channel"
    _order = "network, name, id"

    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    channel_ref = fields.Char("Channel ID", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    network = fields.Selection(NETWORKS, required=True, readonly=True)
    profile_id = fields.Many2one(
        "hootsuite.profile",
        "Social profile",
        index="btree_not_null",
        ondelete="set null",
        domain="[('integration_id', '=', integration_id), ('network', '=', network)]",
        help="Whose messages these are. Only the teams of the profile see them; messages of a"
        " channel without profile are seen by all Hootsuite users of the company.",
    )

    _ref_unique = Constraint(
        "UNIQUE (integration_id, channel_ref)", "The account knows this channel already."
    )

    @api.model
    def _of_facts(self, integration, facts):
        """Return dict ``channel_ref -> channel``; makes those that are new.

        :param facts: objects with ``channel_ref, channel_name, network`` and perhaps ``profile_ref``
        """
        wanted = {}
        for fact in facts:
            profile_ref = getattr(fact, "profile_ref", None)
            ref = fact.channel_ref or (f"profile:{profile_ref}" if profile_ref else None)
            if ref:
                wanted.setdefault(ref, (fact, profile_ref))
        if not wanted:
            return {}
        found = {
            channel.channel_ref: channel
            for channel in self.search(
                [("integration_id", "=", integration.id), ("channel_ref", "in", list(wanted))]
            )
        }
        fresh = [ref for ref in wanted if ref not in found]
        if fresh:
            profiles = self.env["hootsuite.profile"].search(
                [("integration_id", "=", integration.id)]
            )
            values = []
            for ref in sorted(fresh):
                fact, profile_ref = wanted[ref]
                network = fact.network if fact.network in NETWORK_KEYS else "other"
                profile = profiles.filtered(lambda p, ref=profile_ref: p.hootsuite_id == ref)
                if not profile and fact.channel_name:
                    name = fact.channel_name.strip().lower()
                    same = profiles.filtered(
                        lambda p, net=network, name=name: (
                            p.network == net and p.name.strip().lower() == name
                        )
                    )
                    profile = same if len(same) == 1 else profile
                values.append(
                    {
                        "integration_id": integration.id,
                        "channel_ref": ref,
                        "name": fact.channel_name or (profile.name if profile else ref),
                        "network": network,
                        "profile_id": profile[:1].id,
                    }
                )
            self._insert(values)
            for channel in self.search(
                [("integration_id", "=", integration.id), ("channel_ref", "in", fresh)]
            ):
                found[channel.channel_ref] = channel
        return found

    @api.model
    def _insert(self, values):
        """Insert channels; one that another worker inserts now makes it a serialization error, and
        the batch is applied again."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO hootsuite_message_channel (integration_id, company_id, channel_ref,"
                " name, network, profile_id, create_uid, write_uid, create_date, write_date)"
                " VALUES %s ON CONFLICT (integration_id, channel_ref) DO NOTHING",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC',"
                        " now() AT TIME ZONE 'UTC')",
                        row["integration_id"],
                        self.env["hootsuite.integration"]
                        .browse(row["integration_id"])
                        .company_id.id,
                        row["channel_ref"],
                        row["name"],
                        row["network"],
                        row["profile_id"] or None,
                        self.env.uid,
                        self.env.uid,
                    )
                    for row in values
                ),
            ),
            log_exceptions=False,  # a collision is expected; the batch is applied again
        )

    def write(self, vals):
        """Messages follow their channel to another profile."""
        result = super().write(vals)
        if "profile_id" in vals:
            for channel in self:
                # sudo: the manager moves all of the channel, also what he does not see himself.
                threads = self.env["hootsuite.thread"].sudo()
                threads = threads.search([("channel_id", "=", channel.id)])
                threads.write({"profile_id": channel.profile_id.id})
                threads.message_ids.write({"profile_id": channel.profile_id.id})
        return result
