"""Members, organizations, teams and social profiles."""

from ..core.clock import iso
from . import errors
from .api import Call, endpoint
from .errors import RestError
from .world import Member, Profile, Team

PERMISSIONS = {
    "admin": ["ORG_MANAGE_MEMBER", "ORG_MANAGE_TEAM", "ORG_MANAGE_SOCIAL_PROFILE"],
    "editor": [],
    "limited": [],
}
NULL_NAMES = ("TWITTER",)


def member_view(call: Call, member: Member) -> dict:
    return {
        "id": member.id,
        "email": member.email,
        "isActive": member.active,
        "createdDate": iso(member.created),
        "modifiedDate": iso(member.modified),
        "fullName": member.full_name,
        "companyName": member.company,
        "bio": member.bio,
        call.half.app.timezone_key: member.timezone,
        "language": member.language,
    }


def profile_view(call: Call, profile: Profile) -> dict:
    """TWITTER rows carry neither name nor picture."""
    hidden = profile.type in NULL_NAMES
    view = {
        "id": profile.id,
        "type": profile.type,
        "socialNetworkId": profile.network_id,
        "socialNetworkUsername": None if hidden else profile.username,
        "avatarUrl": None if hidden else f"https://cdn.example.com/avatars/{profile.id}.png",
        "owner": profile.owner,
        "ownerId": profile.owner_id,
        "isReauthRequired": profile.reauth,
    }
    if call.half.app.old_answers:
        del view["ownerId"], view["isReauthRequired"]
    return view


def team_view(team: Team) -> dict:
    return {
        "id": team.id,
        "name": team.name,
        "logoUrl": f"https://cdn.example.com/teams/{team.id}.png",
        "createdDate": iso(team.created),
        "createdByMember": {"id": team.created_by},
        "modifiedDate": iso(team.modified),
        "modifiedByMember": {"id": team.modified_by},
    }


def ids(rows) -> dict:
    return {"data": [{"id": row if isinstance(row, str) else row.id} for row in rows]}


def me(call: Call) -> Member:
    """The caller. Raises RestError 1202 for an organization app, which is nobody."""
    if call.member is None:
        raise RestError(1202)
    return call.member


@endpoint("GET", "/v1/me")
def get_me(call: Call):
    return {"data": member_view(call, me(call))}


@endpoint("GET", "/v1/me/organizations")
def my_organizations(call: Call):
    rows = [call.world.organizations[key] for key in me(call).roles]
    if call.half.app.old_answers:
        return ids(rows)
    return {
        "data": [
            {
                "id": row.id,
                "name": row.name,
                "logoUrl": f"https://cdn.example.com/organizations/{row.id}.png",
            }
            for row in rows
        ]
    }


@endpoint("GET", "/v1/me/socialProfiles")
def my_profiles(call: Call):
    me(call)
    return ids(call.profiles())


@endpoint("GET", "/v1/me/adAccounts")
def my_ad_accounts(call: Call):
    """Without envelope, in snake case."""
    key = call.query.get("organization_id")
    if not key:
        raise errors.schema("organization_id")
    call.organization(key)
    pages = [p for p in call.profiles() if p.type == "FACEBOOKPAGE" and p.organization_id == key]
    return {
        "ad_accounts": [
            {
                "ad_account_id": f"9001{index:02d}",
                "social_network": "FACEBOOK",
                "external_id": f"act_{1000000001 + index}",
                "name": f"{page.username} Ads",
                "status": 1,
                "currency_code": "EUR",
                "timezone": "Europe/Paris",
                "business_id": "",
                "can_access_api": True,
                "social_profile_id": page.id,
                "social_profile_token_status": 1,
                "has_payment_method": True,
                "extended_info": {},
                "native_status": "FB_STATUS_ACTIVE",
            }
            for index, page in enumerate(pages)
        ]
    }


def visible(call: Call, key: str) -> Member:
    """A member whom the caller may see: himself, or one of an organization he manages."""
    found = call.world.members.get(key)
    if found is None:
        raise RestError(2304)
    if found is not call.member and not any(call.admin_of(org) for org in found.roles):
        raise RestError(1202)
    return found


@endpoint("GET", "/v1/members/{member_id}")
def get_member(call: Call, member_id: str):
    return {"data": member_view(call, visible(call, member_id))}


@endpoint("POST", "/v1/members")
def create_member(call: Call):
    """Seat a new member in organizations that the caller manages."""
    body = call.body
    keys = body.get("organizationIds")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, int) for key in keys):
        raise errors.schema("organizationIds")
    for key in keys:
        if not call.admin_of(call.organization(str(key)).id):
            raise RestError(1201)
    email = body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise RestError(2001)
    if call.world.member_by(email):
        raise RestError(3010)
    name = body.get("fullName")
    if not isinstance(name, str) or not 2 <= len(name) <= 100:
        raise RestError(2002)
    now = call.clock.now().replace(microsecond=0)
    member = Member(
        call.world.ids.object(),
        email,
        name,
        now,
        now,
        {str(key): "editor" for key in keys},
        company=body.get("companyName") or "",
        bio=body.get("bio") or "",
        timezone=body.get("timezone") or "UTC",
        language=body.get("language") or "en",
    )
    call.world.members[member.id] = member
    return {"data": member_view(call, member)}


@endpoint("GET", "/v1/members/{member_id}/organizations")
def member_organizations(call: Call, member_id: str):
    found = call.world.members.get(member_id)
    if found is None:
        raise RestError(2304)
    if found is not call.member and not any(call.admin_of(org) for org in found.roles):
        raise RestError(4004)
    return ids(found.roles)


@endpoint("GET", "/v1/socialProfiles")
def list_profiles(call: Call):
    return {"data": [profile_view(call, profile) for profile in call.profiles()]}


@endpoint("GET", "/v1/socialProfiles/{profile_id}")
def get_profile(call: Call, profile_id: str):
    return {"data": profile_view(call, call.profile(profile_id))}


@endpoint("GET", "/v1/socialProfiles/{profile_id}/teams")
def profile_teams(call: Call, profile_id: str):
    profile = call.profile(profile_id)
    return ids(team for team in call.world.teams.values() if profile.id in team.profiles)


# Organizations -------------------------------------------------------------------------------------------


@endpoint("GET", "/v1/organizations/{organization_id}/members")
def organization_members(call: Call, organization_id: str):
    organization = call.organization(organization_id)
    if not call.admin_of(organization.id):
        raise RestError(4002)
    return ids(call.world.members_of(organization.id))


@endpoint("DELETE", "/v1/organizations/{organization_id}/members/{member_id}")
def remove_member(call: Call, organization_id: str, member_id: str):
    organization = call.organization(organization_id)
    if not call.admin_of(organization.id):
        raise RestError(1201)
    member = call.seated(member_id, organization.id)
    if member is call.member:
        raise RestError(3301)
    del member.roles[organization.id]
    for team in call.world.teams_of(organization.id):
        if member.id in team.members:
            team.members.remove(member.id)
    return {"data": {}}


MEMBER_PATH = "/v1/organizations/{organization_id}/members/{member_id}"


def looked_at(call: Call, organization_id: str, member_id: str, code: int) -> Member:
    """A member of the organization: oneself, or anyone for an admin. Raises RestError with the code."""
    organization = call.organization(organization_id)
    if member_id != call.grant.member_id and not call.admin_of(organization.id):
        raise RestError(code)
    return call.seated(member_id, organization.id)


@endpoint("GET", MEMBER_PATH + "/permissions")
def member_permissions(call: Call, organization_id: str, member_id: str):
    member = looked_at(call, organization_id, member_id, 4003)
    role = member.roles[organization_id]
    return {"data": {"permissions": PERMISSIONS[role], "permissionPreset": "CUSTOM"}}


@endpoint("GET", MEMBER_PATH + "/teams")
def member_teams(call: Call, organization_id: str, member_id: str):
    member = looked_at(call, organization_id, member_id, 4010)
    return ids(t for t in call.world.teams_of(organization_id) if member.id in t.members)


@endpoint("GET", MEMBER_PATH + "/socialProfiles")
def member_profiles(call: Call, organization_id: str, member_id: str):
    member = looked_at(call, organization_id, member_id, 4009)
    return ids(p for p in call.world.profiles_of(member) if p.owner_id == organization_id)


@endpoint("GET", MEMBER_PATH + "/socialProfiles/{profile_id}/permissions")
def profile_permissions(call: Call, organization_id: str, member_id: str, profile_id: str):
    member = looked_at(call, organization_id, member_id, 4003)
    profile = call.world.profiles.get(profile_id)
    if profile is None or profile.owner_id != organization_id:
        raise errors.not_found("social profile")
    allowed = ["BASIC_USAGE"] if call.world.uses(member, profile) else []
    preset = "EDITOR" if member.roles[organization_id] != "limited" else "CUSTOM"
    return {"data": {"permissions": allowed, "permissionPreset": preset}}


# Teams ---------------------------------------------------------------------------------------------------


@endpoint("GET", "/v1/organizations/{organization_id}/teams")
def list_teams(call: Call, organization_id: str):
    organization = call.organization(organization_id)
    if not call.inside(organization.id):
        raise RestError(4010)
    return {"data": [team_view(team) for team in call.world.teams_of(organization.id)]}


@endpoint("POST", "/v1/organizations/{organization_id}/teams")
def create_team(call: Call, organization_id: str):
    organization = call.organization(organization_id)
    if not call.admin_of(organization.id):
        raise RestError(4007)
    name = call.body.get("teamName")
    if not isinstance(name, str) or not 2 <= len(name) <= 200:
        raise RestError(3002)
    if any(team.name == name for team in call.world.teams_of(organization.id)):
        raise RestError(3006)
    now = call.clock.now().replace(microsecond=0)
    who = call.grant.member_id or ""
    team = Team(call.world.ids.object(), organization.id, name, now, who, now, who)
    call.world.teams[team.id] = team
    return {"data": team_view(team)}


@endpoint("GET", "/v1/teams/{team_id}")
def get_team(call: Call, team_id: str):
    team = call.team(team_id)
    if not call.inside(team.organization_id):
        raise RestError(4006)
    return {"data": team_view(team)}


TEAM_PATH = "/v1/organizations/{organization_id}/teams/{team_id}"


@endpoint("GET", TEAM_PATH + "/members")
def team_members(call: Call, organization_id: str, team_id: str):
    team = call.team(team_id, organization_id)
    if not call.inside(organization_id):
        raise RestError(4005)
    return ids(team.members)


@endpoint("GET", TEAM_PATH + "/socialProfiles")
def team_profiles(call: Call, organization_id: str, team_id: str):
    team = call.team(team_id, organization_id)
    if not call.inside(organization_id):
        raise RestError(4008)
    return ids(team.profiles)


@endpoint("POST", TEAM_PATH + "/members/{member_id}")
def add_team_member(call: Call, organization_id: str, team_id: str, member_id: str):
    team = call.team(team_id, organization_id)
    if not call.admin_of(organization_id):
        raise RestError(1201)
    member = call.seated(member_id, organization_id)
    if member.id not in team.members:
        team.members.append(member.id)
    return {"data": {}}


@endpoint("GET", TEAM_PATH + "/members/{member_id}/permissions")
def team_permissions(call: Call, organization_id: str, team_id: str, member_id: str):
    team = call.team(team_id, organization_id)
    member = looked_at(call, organization_id, member_id, 4003)
    if member.id not in team.members:
        raise RestError(4303)
    manages = member.roles[organization_id] == "admin"
    allowed = ["ORG_MANAGE_TEAM"] if manages else []
    return {"data": {"permissions": allowed, "permissionPreset": "CUSTOM"}}
