"""Members, organizations, teams, permissions and social profiles of the REST API."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from .conversation import network_name
from .wire import (
    Flag,
    HardId,
    Moment,
    OptEmail,
    OptId,
    OptRef,
    OptText,
    OptWeb,
    Text,
    Texts,
    Wire,
)

#: Permissions that make a member a manager of an organization (strings seen in the specification).
MANAGING = frozenset({"ORG_MANAGE_MEMBER", "ORG_MANAGE_TEAM", "ORG_MANAGE_SOCIAL_PROFILE"})


class Member(Wire):
    """A member ("GET /v1/members/{memberId}"). Real answers write ``defaultTimezone``."""

    WHAT: ClassVar[str] = "member"

    hootsuite_id: HardId = Field(alias="id")
    email: OptEmail = None
    full_name: OptText = Field(None, alias="fullName")
    company_name: OptText = Field(None, alias="companyName")
    bio: OptText = None
    timezone: OptText = None
    language: OptText = None
    is_active: Flag = Field(True, alias="isActive")
    created_at: Moment = Field(None, alias="createdDate")
    modified_at: Moment = Field(None, alias="modifiedDate")

    @classmethod
    def prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Take either spelling of the time zone."""
        return {"timezone": data.get("defaultTimezone"), **_given(data)}


class NewMember(Wire):
    """What "POST /v1/members" takes."""

    organization_ids: tuple[str, ...]
    email: str
    full_name: str
    company_name: str | None = None
    bio: str | None = None
    timezone: str | None = None
    language: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """The body of the call; ``organizationIds`` are numbers here (REST specification)."""
        body = {
            "organizationIds": [int(ref) for ref in self.organization_ids],
            "email": self.email,
            "fullName": self.full_name,
            "companyName": self.company_name,
            "bio": self.bio,
            "timezone": self.timezone,
            "language": self.language,
        }
        return _given(body)


class Organization(Wire):
    """An organization ("GET /v1/me/organizations"); older answers hold the id only."""

    WHAT: ClassVar[str] = "organization"

    hootsuite_id: HardId = Field(alias="id")
    name: OptText = None
    logo_url: OptWeb = Field(None, alias="logoUrl")


class Team(Wire):
    """A team ("GET /v1/organizations/{organizationId}/teams")."""

    WHAT: ClassVar[str] = "team"

    hootsuite_id: HardId = Field(alias="id")
    name: Text = ""
    logo_url: OptWeb = Field(None, alias="logoUrl")
    created_at: Moment = Field(None, alias="createdDate")
    created_by: OptRef = Field(None, alias="createdByMember")
    modified_at: Moment = Field(None, alias="modifiedDate")
    modified_by: OptRef = Field(None, alias="modifiedByMember")


class Permissions(Wire):
    """What a member may do in an organization, team or on a profile."""

    WHAT: ClassVar[str] = "list of permissions"

    permissions: Texts = ()
    preset: OptText = Field(None, alias="permissionPreset")

    @property
    def manages(self) -> bool:
        """Whether the member manages members, teams or profiles of the organization."""
        return bool(MANAGING & set(self.permissions))


class SocialProfile(Wire):
    """A social profile ("GET /v1/socialProfiles"). Answers of 2017 lack owner id and the flag."""

    WHAT: ClassVar[str] = "social profile"

    hootsuite_id: HardId = Field(alias="id")
    type: Text = ""
    network_id: OptId = Field(None, alias="socialNetworkId")
    username: OptText = Field(None, alias="socialNetworkUsername")
    avatar_url: OptWeb = Field(None, alias="avatarUrl")
    owner: OptText = None
    owner_id: OptId = Field(None, alias="ownerId")
    needs_reconnect: Flag = Field(False, alias="isReauthRequired")

    @property
    def network(self) -> str:
        """Our name of the network, see :func:`adapters.conversation.network_name`."""
        return network_name(self.type)


class AdAccount(Wire):
    """An advertising account ("GET /v1/me/adAccounts", which has no envelope and snake_case)."""

    WHAT: ClassVar[str] = "ad account"

    hootsuite_id: HardId = Field(alias="id")
    name: OptText = None
    network: OptText = Field(None, alias="social_network")


def _given(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}
