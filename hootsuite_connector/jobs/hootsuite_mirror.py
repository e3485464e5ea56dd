from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import (
    ConnectorError,
    NotFound,
    PayloadError,
    Rejected,
    ScopeMissing,
)

# Seconds for which an answer counts as fresh (B16). Profiles lose their access at any time, the
# rest changes when people come and go.
PROFILES_FRESH = 15 * 60
LISTS_FRESH = 6 * 3600
MEMBER_FRESH = 24 * 3600


class HootsuiteMirrorJob(models.AbstractModel):
    """Reads organizations, teams, members and social profiles.

    The position is a list of what is still to be read, so a stopped run goes on with the next
    entry. What was read a short while ago is not read again, and an equal answer writes nothing.
    """

    _name = "hootsuite.mirror"
    _inherit = "hootsuite.sync"
    _description = "Hootsuite Mirror"
    _kind = "Profiles and people"
    _stream = "mirror"

    @api.model
    def _first_position(self, integration):
        todo = [["organizations"], ["profiles"]]
        if not integration.sync_members:
            todo = [["profiles"]]
        return {"todo": [*todo, ["links"]]}

    @api.model
    def _steps(self, run):
        while run.position["todo"]:
            kind, *names = run.position["todo"][0]
            try:
                more = getattr(self, f"_read_{kind}")(run, *names)
            except (NotFound, Rejected, PayloadError, ScopeMissing) as exc:
                # One organization or member never stops the others.
                self._failed_item(run, " ".join([kind, *names]), exc)
                more = []
            rest = run.position["todo"][1:]
            # Links are made when everything else is there.
            todo = [*rest[:-1], *more, *rest[-1:]] if rest else more
            self._page(run, lambda env, integration: None, todo=todo)
            run.check_time()

    @api.model
    def _done(self, run):
        run.integration._connector_store({"last_mirror_at": fields.Datetime.now()})

    @api.model
    def _refresh(self, run, resource, fetch, store, lifetime):
        """Read one list through the cache and count what it changed."""

        def keep(integration, objects):
            counts = store(integration, objects)
            for name, count in (counts or {}).items():
                run.counts[name] += count

        return self.env["connector.cache"]._refresh(
            run.integration, resource, fetch, keep, lifetime
        )

    # -- what is read ----------------------------------------------------------------------------

    @api.model
    def _read_organizations(self, run):
        own = (run.integration.organization_ref or "").strip()

        def fetch():
            try:
                found = run.client.my_organizations()
            except ConnectorError as exc:
                if not own or not isinstance(exc, (NotFound, Rejected)):
                    raise
                found = []  # an organization app may have no member who could list them
            return found

        def store(integration, organizations):
            return integration.env["hootsuite.organization"]._upsert(
                integration, organizations, own
            )

        self._refresh(run, "organizations", fetch, store, LISTS_FRESH)
        more = []
        for organization in self._active(run, "hootsuite.organization"):
            more += [["teams", organization], ["members", organization]]
        return more

    @api.model
    def _read_profiles(self, run):
        def store(integration, profiles):
            return integration.env["hootsuite.profile"]._upsert(integration, profiles)

        self._refresh(run, "profiles", run.client.profiles, store, PROFILES_FRESH)
        return []

    @api.model
    def _read_teams(self, run, organization):
        def store(integration, teams):
            return integration.env["hootsuite.team"]._upsert(integration, organization, teams)

        self._refresh(
            run,
            f"teams:{organization}",
            lambda: run.client.teams(organization),
            store,
            LISTS_FRESH,
        )
        domain = [("organization_id.hootsuite_id", "=", organization)]
        return [
            ["team", organization, team] for team in self._active(run, "hootsuite.team", domain)
        ]

    @api.model
    def _read_members(self, run, organization):
        def store(integration, member_ids):
            return integration.env["hootsuite.member"]._upsert_ids(
                integration, organization, member_ids
            )

        self._refresh(
            run,
            f"members:{organization}",
            lambda: run.client.organization_member_ids(organization),
            store,
            LISTS_FRESH,
        )
        domain = [("organization_ids.hootsuite_id", "=", organization)]
        return [
            ["member", organization, member]
            for member in self._active(run, "hootsuite.member", domain)
        ]

    @api.model
    def _read_member(self, run, organization, member_id):
        self._refresh(
            run,
            f"member:{member_id}",
            lambda: [run.client.member(member_id)],
            lambda integration, found: integration.env["hootsuite.member"]._upsert(
                integration, found
            ),
            MEMBER_FRESH,
        )
        self._refresh(
            run,
            f"permissions:{organization}:{member_id}",
            lambda: [run.client.member_permissions(organization, member_id)],
            lambda integration, found: integration.env["hootsuite.member"]._store_permissions(
                integration, organization, member_id, found[0]
            ),
            MEMBER_FRESH,
        )
        return []

    @api.model
    def _read_team(self, run, organization, team_id):
        self._refresh(
            run,
            f"team:{team_id}",
            lambda: [
                run.client.team_member_ids(organization, team_id),
                run.client.team_profile_ids(organization, team_id),
            ],
            lambda integration, found: integration.env["hootsuite.team"]._store_people(
                integration, team_id, *found
            ),
            LISTS_FRESH,
        )
        return []

    @api.model
    def _read_links(self, run):
        """Link what was read in whatever order; makes no call."""

        def link(env, integration):
            env["hootsuite.profile"]._link_owners(integration)
            members = env["hootsuite.member"].search([("integration_id", "=", integration.id)])
            members._link_users()
            members._grant_groups()
            env["hootsuite.team"].search([("integration_id", "=", integration.id)])._link_teams()

        self._page(run, link)
        run.integration.env["hootsuite.profile"]._tell_reconnect(run.integration)
        return []

    @api.model
    def _active(self, run, model, domain=()):
        with self._page_env() as env:
            records = env[model].search([("integration_id", "=", run.integration.id), *domain])
            return records.mapped("hootsuite_id")

    # -- scheduled -------------------------------------------------------------------------------

    @api.model
    def _cron_mirror(self):
        """Scheduled action: read what is not fresh any more."""
        for integration in self._connected():
            if self._quota_left(integration):
                self._enqueue(integration)
