from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint

from ..tools import register


class ZoomUser(models.Model):
    _name = "zoom.user"
    _description = "Zoom User"
    _order = "name, id"

    integration_id = fields.Many2one(
        "zoom.integration", required=True, ondelete="cascade", index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    zoom_id = fields.Char("Zoom user ID", required=True, index=True, readonly=True)
    name = fields.Char(compute="_compute_name", store=True)
    first_name = fields.Char(readonly=True)
    last_name = fields.Char(readonly=True)
    nickname = fields.Char("Zoom display name", readonly=True)
    email = fields.Char(readonly=True, index=True)
    status = fields.Selection(
        [
            ("active", "Active"),
            ("inactive", "Deactivated"),
            ("pending", "Invited"),
            ("deleted", "Deleted"),
            ("unknown", "Not read yet"),
        ],
        default="unknown",
        required=True,
        readonly=True,
    )
    license_type = fields.Integer(
        readonly=True, help="1 Basic, 2 Licensed, 4 Unassigned, 99 None (Zoom's own numbers)."
    )
    timezone = fields.Char(readonly=True)
    department = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Odoo user",
        domain=[("share", "=", False)],
        help="Meetings hosted by this Zoom user stand in the calendar of this Odoo user. Found by "
        "e-mail address; change it if the two addresses differ.",
    )
    meeting_ids = fields.One2many("zoom.meeting", "host_id", "Meetings")
    active = fields.Boolean(default=True)
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")

    _zoom_id_unique = Constraint(
        "UNIQUE (integration_id, zoom_id)", "This Zoom user is already known to the account."
    )

    @api.depends("first_name", "last_name", "nickname", "email", "zoom_id")
    def _compute_name(self):
        for user in self:
            full = " ".join(part for part in (user.first_name, user.last_name) if part)
            user.name = full or user.nickname or user.email or user.zoom_id

    @api.model
    def _upsert(self, integration, users, at):
        """Create or update Zoom users; the later vendor time wins for each value.

        :param integration: zoom.integration
        :param users: list of dict with `zoom_id` and any of first_name, last_name, nickname,
            email, status, license_type, timezone, department (only what is known)
        :param at: vendor time in ms, one for all, or a list with one per user
        :return: dict zoom_id -> zoom.user record
        """
        moments = at if isinstance(at, list) else [at] * len(users)
        wanted = {user["zoom_id"] for user in users if user.get("zoom_id")}
        known = self._known(integration, wanted)
        fresh = {}
        touched = self.browse()
        for user, moment in zip(users, moments, strict=True):
            zoom_id = user.get("zoom_id")
            if not zoom_id:
                # Users who were invited and have not answered yet carry no id.
                continue
            values = {
                name: value
                for name, value in user.items()
                if name != "zoom_id" and value not in (None, "", False)
            }
            if values.get("email"):
                values["email"] = values["email"].strip().lower()
            record = known.get(zoom_id)
            if record is not None:
                current = {name: record[name] for name in values}
                changed, stamps = register.merge(record.register, current, values, moment)
                if changed or stamps != (record.register or {}):
                    record.write({**changed, "register": stamps})
                    touched |= record
            else:
                row = fresh.setdefault(zoom_id, {"register": {}})
                changed, row["register"] = register.merge(row["register"], row, values, moment)
                row.update(changed)
        if fresh:
            created = self.create(
                [
                    {**row, "zoom_id": zoom_id, "integration_id": integration.id}
                    for zoom_id, row in fresh.items()
                ]
            )
            touched |= created
            known.update({record.zoom_id: record for record in created})
        touched._link_odoo_users()
        touched._resolve_issues()
        touched._tell_attendance()
        for record in touched:
            if record.active != (record.status != "deleted"):
                record.active = record.status != "deleted"
        return known

    def _tell_attendance(self):
        """Decide anew about people who attended before it was known that they are own staff."""
        for integration, members in self.grouped("integration_id").items():
            self.env["zoom.participant"]._decide_again(
                integration,
                members.mapped("zoom_id"),
                [one for one in members.mapped("email") if one],
            )

    @api.model
    def _cron_tell_attendance(self):
        """Scheduled action, every minute: see to people who were being stored by another worker while
        it became known that they are own staff."""
        recent = fields.Datetime.subtract(fields.Datetime.now(), minutes=3)
        self.with_context(active_test=False).search(
            [("write_date", ">=", recent)]
        )._tell_attendance()

    @api.model
    def _known(self, integration, zoom_ids):
        """Return dict zoom_id -> record, archived ones included."""
        if not zoom_ids:
            return {}
        records = self.with_context(active_test=False).search(
            [("integration_id", "=", integration.id), ("zoom_id", "in", list(zoom_ids))]
        )
        return {record.zoom_id: record for record in records}

    @api.model
    def _ensure(self, integration, hosts):
        """Return dict zoom_id -> record; hosts that Odoo does not know become placeholders.

        :param dict hosts: zoom_id -> e-mail or None
        """
        known = self._known(integration, set(hosts))
        missing = [zoom_id for zoom_id in hosts if zoom_id not in known]
        if missing:
            known.update(
                self._upsert(
                    integration,
                    [{"zoom_id": zoom_id, "email": hosts[zoom_id]} for zoom_id in missing],
                    register.HINT,
                )
            )
            integration._report_unknown_hosts([known[zoom_id] for zoom_id in missing])
        nameless = [
            {"zoom_id": zoom_id, "email": email}
            for zoom_id, email in hosts.items()
            if email and not known[zoom_id].email
        ]
        if nameless:
            self._upsert(integration, nameless, register.HINT)
        return known

    def _link_odoo_users(self):
        """Link to internal users with the same e-mail or login; links set by hand stay."""
        missing = self.filtered(lambda user: not user.user_id and user.email)
        by_email = self._find_odoo_users(missing.mapped("email"))
        for user in missing:
            found = by_email.get(user.email, [])
            for odoo_user_id, company_ids in found:
                if not user.company_id or user.company_id.id in company_ids:
                    user.user_id = odoo_user_id
                    break

    def _resolve_issues(self):
        """Close the question who a host is, once Zoom or a person has answered it."""
        answered = self.filtered(lambda user: user.user_id or user.status != "unknown")
        if answered:
            # sudo: the account's own question about its own record.
            self.env["connector.data.issue"].sudo().search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", answered.ids),
                    ("state", "=", "open"),
                ]
            ).action_resolve()

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            # The meetings move to the calendar of the Odoo user who now stands for the host.
            self._resolve_issues()
            # sudo: the meetings and people follow; nobody may write them by hand.
            self.sudo()._tell_attendance()
            self.sudo().meeting_ids._sync_calendar()
        return result

    @api.model
    def _find_odoo_users(self, emails):
        """Return dict lower-case e-mail -> list of (internal user id, his company ids)."""
        emails = sorted({email.lower() for email in emails if email})
        if not emails:
            return {}
        self.env["res.users"].flush_model(["login", "active", "share", "partner_id"])
        self.env["res.partner"].flush_model(["email_normalized"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lower(u.login), p.email_normalized, u.id,
                       array(SELECT cid FROM res_company_users_rel WHERE user_id = u.id)
                  FROM res_users u
                  JOIN res_partner p ON p.id = u.partner_id
                 WHERE u.active AND NOT u.share
                   AND (lower(u.login) = ANY(%(emails)s) OR p.email_normalized = ANY(%(emails)s))
                 ORDER BY u.id
                """,
                emails=emails,
            )
        )
        found = {}
        for login, email, user_id, company_ids in rows:
            for address in {login, email} & set(emails):
                found.setdefault(address, []).append((user_id, company_ids))
        return found
