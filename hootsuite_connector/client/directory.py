"""Members, organizations, teams, social profiles (REST API). The title of each call's page is its
method and path."""

from __future__ import annotations

from ..adapters.people import (
    AdAccount,
    Member,
    NewMember,
    Organization,
    Permissions,
    SocialProfile,
    Team,
)
from .base import BaseClient, path_id


class DirectoryCalls(BaseClient):
    """Who and what there is in Hootsuite."""

    # -- the authorizing member --------------------------------------------------------------

    def me(self) -> Member:
        """GET /v1/me: the member who authorized the app."""
        return self._one(Member, self._data("GET", "/v1/me", "/v1/me"))

    def my_organizations(self) -> list[Organization]:
        """GET /v1/me/organizations."""
        path = "/v1/me/organizations"
        return self._many(Organization, self._data("GET", path, path))

    def my_profile_ids(self) -> list[str]:
        """GET /v1/me/socialProfiles: ids only."""
        return self._refs("/v1/me/socialProfiles", "/v1/me/socialProfiles")

    def ad_accounts(self, organization_id: str) -> list[AdAccount]:
        """GET /v1/me/adAccounts, which has no envelope."""
        path = "/v1/me/adAccounts"
        body = self._call("GET", path, path, params={"organization_id": organization_id})
        return self._many(AdAccount, body.get("ad_accounts") if isinstance(body, dict) else None)

    # -- members -----------------------------------------------------------------------------

    def member(self, member_id: str) -> Member:
        """GET /v1/members/{memberId}."""
        path = f"/v1/members/{path_id(member_id)}"
        return self._one(Member, self._data("GET", path, "/v1/members/{memberId}"))

    def create_member(self, member: NewMember) -> Member:
        """POST /v1/members: takes a seat of the organizations."""
        return self._one(
            Member, self._data("POST", "/v1/members", "/v1/members", json=member.to_wire())
        )

    def member_organization_ids(self, member_id: str) -> list[str]:
        """GET /v1/members/{memberId}/organizations: ids only."""
        return self._refs(
            f"/v1/members/{path_id(member_id)}/organizations",
            "/v1/members/{memberId}/organizations",
        )

    # -- social profiles ---------------------------------------------------------------------

    def profiles(self) -> list[SocialProfile]:
        """GET /v1/socialProfiles: all that the authorization sees, in one answer."""
        return self._many(
            SocialProfile, self._data("GET", "/v1/socialProfiles", "/v1/socialProfiles")
        )

    def profile(self, profile_id: str) -> SocialProfile:
        """GET /v1/socialProfiles/{socialProfileId}."""
        path = f"/v1/socialProfiles/{path_id(profile_id)}"
        return self._one(
            SocialProfile, self._data("GET", path, "/v1/socialProfiles/{socialProfileId}")
        )

    def profile_team_ids(self, profile_id: str) -> list[str]:
        """GET /v1/socialProfiles/{socialProfileId}/teams: ids only."""
        return self._refs(
            f"/v1/socialProfiles/{path_id(profile_id)}/teams",
            "/v1/socialProfiles/{socialProfileId}/teams",
        )

    # -- organizations -----------------------------------------------------------------------

    def organization_member_ids(self, organization_id: str) -> list[str]:
        """GET /v1/organizations/{organizationId}/members: ids only."""
        return self._refs(
            f"/v1/organizations/{path_id(organization_id)}/members",
            "/v1/organizations/{organizationId}/members",
        )

    def remove_member(self, organization_id: str, member_id: str) -> None:
        """DELETE /v1/organizations/{organizationId}/members/{memberId}."""
        self._call(
            "DELETE",
            self._member_path(organization_id, member_id),
            "/v1/organizations/{organizationId}/members/{memberId}",
        )

    def member_permissions(self, organization_id: str, member_id: str) -> Permissions:
        """GET .../organizations/{organizationId}/members/{memberId}/permissions."""
        return self._one(
            Permissions,
            self._data(
                "GET",
                f"{self._member_path(organization_id, member_id)}/permissions",
                "/v1/organizations/{organizationId}/members/{memberId}/permissions",
            ),
        )

    def member_team_ids(self, organization_id: str, member_id: str) -> list[str]:
        """GET .../organizations/{organizationId}/members/{memberId}/teams: ids only."""
        return self._refs(
            f"{self._member_path(organization_id, member_id)}/teams",
            "/v1/organizations/{organizationId}/members/{memberId}/teams",
        )

    def member_profile_ids(self, organization_id: str, member_id: str) -> list[str]:
        """GET .../organizations/{organizationId}/members/{memberId}/socialProfiles: ids only."""
        return self._refs(
            f"{self._member_path(organization_id, member_id)}/socialProfiles",
            "/v1/organizations/{organizationId}/members/{memberId}/socialProfiles",
        )

    def profile_permissions(
        self, organization_id: str, member_id: str, profile_id: str
    ) -> Permissions:
        """GET .../members/{memberId}/socialProfiles/{socialProfileId}/permissions."""
        path = self._member_path(organization_id, member_id)
        return self._one(
            Permissions,
            self._data(
                "GET",
                f"{path}/socialProfiles/{path_id(profile_id)}/permissions",
                "/v1/organizations/{organizationId}/members/{memberId}/socialProfiles"
                "/{socialProfileId}/permissions",
            ),
        )

    # -- teams -------------------------------------------------------------------------------

    def teams(self, organization_id: str) -> list[Team]:
        """GET /v1/organizations/{organizationId}/teams."""
        path = f"/v1/organizations/{path_id(organization_id)}/teams"
        return self._many(Team, self._data("GET", path, "/v1/organizations/{organizationId}/teams"))

    def create_team(self, organization_id: str, name: str) -> Team:
        """POST /v1/organizations/{organizationId}/teams: names are 2-200 characters, unique."""
        path = f"/v1/organizations/{path_id(organization_id)}/teams"
        return self._one(
            Team,
            self._data(
                "POST",
                path,
                "/v1/organizations/{organizationId}/teams",
                json={"teamName": name},
            ),
        )

    def team(self, team_id: str) -> Team:
        """GET /v1/teams/{teamId}."""
        path = f"/v1/teams/{path_id(team_id)}"
        return self._one(Team, self._data("GET", path, "/v1/teams/{teamId}"))

    def team_member_ids(self, organization_id: str, team_id: str) -> list[str]:
        """GET .../organizations/{organizationId}/teams/{teamId}/members: ids only."""
        return self._refs(
            f"{self._team_path(organization_id, team_id)}/members",
            "/v1/organizations/{organizationId}/teams/{teamId}/members",
        )

    def team_profile_ids(self, organization_id: str, team_id: str) -> list[str]:
        """GET .../organizations/{organizationId}/teams/{teamId}/socialProfiles: ids only."""
        return self._refs(
            f"{self._team_path(organization_id, team_id)}/socialProfiles",
            "/v1/organizations/{organizationId}/teams/{teamId}/socialProfiles",
        )

    def add_team_member(self, organization_id: str, team_id: str, member_id: str) -> None:
        """POST .../teams/{teamId}/members/{memberId}; adding twice changes nothing."""
        self._call(
            "POST",
            f"{self._team_path(organization_id, team_id)}/members/{path_id(member_id)}",
            "/v1/organizations/{organizationId}/teams/{teamId}/members/{memberId}",
            idempotent=True,
        )

    def team_member_permissions(
        self, organization_id: str, team_id: str, member_id: str
    ) -> Permissions:
        """GET .../teams/{teamId}/members/{memberId}/permissions."""
        path = self._team_path(organization_id, team_id)
        return self._one(
            Permissions,
            self._data(
                "GET",
                f"{path}/members/{path_id(member_id)}/permissions",
                "/v1/organizations/{organizationId}/teams/{teamId}/members/{memberId}/permissions",
            ),
        )

    def _member_path(self, organization_id: str, member_id: str) -> str:
        return f"/v1/organizations/{path_id(organization_id)}/members/{path_id(member_id)}"

    def _team_path(self, organization_id: str, team_id: str) -> str:
        return f"/v1/organizations/{path_id(organization_id)}/teams/{path_id(team_id)}"
