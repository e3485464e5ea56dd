"""The fixed part of the world: two organizations, five teams, nine members, thirteen profiles.

All people and companies are invented; the ids of the first ones are those of the samples.
"""

from datetime import datetime, timezone

from . import config
from .world import Member, Organization, Profile, Team, World

FIRST, SECOND = config.ORGANIZATION_ID, config.SECOND_ORGANIZATION_ID
ORGANIZATIONS = ((FIRST, "Example Outdoor"), (SECOND, "Example Studio"))
TAGS = {FIRST: ("spring", "service", "launch"), SECOND: ("studio",)}

#: id, e-mail, name, language, zone, roles
MEMBERS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    (config.MEMBER_ID, config.MEMBER_EMAIL, "Ada Member", "en", "Europe/Paris",
     {FIRST: "admin", SECOND: "admin"}),
    ("15240801", "grace.member@example.com", "Grace Member", "en", "Europe/London",
     {FIRST: "editor"}),
    ("15240802", "ines.member@example.com", "Inés Miembro", "es", "Europe/Madrid",
     {FIRST: "editor"}),
    ("15240803", "luc.member@example.com", "Luc Membre", "fr", "Europe/Brussels",
     {FIRST: "editor", SECOND: "editor"}),
    ("15240804", "heidi.member@example.com", "Heidi Mitglied", "de", "Europe/Berlin",
     {FIRST: "editor"}),
    ("15240805", "tim.trainee@example.com", "Tim Trainee", "en", "Europe/London",
     {FIRST: "limited"}),
    ("15240806", "rosa.review@example.com", "Rosa Review", "en", "Europe/Madrid",
     {FIRST: "admin"}),
    ("15240807", "stan.studio@example.com", "Stan Studio", "en", "America/New_York",
     {SECOND: "admin"}),
    ("15240808", "nora.nobody@example.com", "Nora Nobody", "en", "Europe/Oslo", {}),
)  # fmt: skip

#: id, organization, name, members, profiles
TEAMS = (
    ("359493", FIRST, "Example Support Team", ("15240789", "15240801", "15240802", "15240804"),
     ("115185509", "131000002", "131000004", "131000009")),
    ("359494", FIRST, "Example Marketing Team", ("15240789", "15240803", "15240805", "15240806"),
     ("115185509", "131000001", "131000002", "131000003", "131000005", "131000006", "131000007")),
    ("359495", FIRST, "Example Sales Team", ("15240801", "15240803"), ("131000001",)),
    ("359496", SECOND, "Studio Desk", ("15240807", "15240803"), ("131000010", "131000011")),
    ("359497", SECOND, "Studio Video", ("15240807",), ("131000012",)),
)  # fmt: skip

#: id, network, id there, name there, owner, owner's id, reconnect needed
PROFILES = (
    ("115185509", "FACEBOOKPAGE", "1261768027866378", "Example Outdoor", "ORGANIZATION", FIRST, 0),
    ("120732387", "TWITTER", "940609754107346945", "example_outdoor", "MEMBER", config.MEMBER_ID, 0),
    ("131000001", "LINKEDINCOMPANY", "10000001", "Example Outdoor", "ORGANIZATION", FIRST, 0),
    ("131000002", "INSTAGRAMBUSINESS", "17840000000000001", "example_outdoor", "ORGANIZATION", FIRST, 0),
    ("131000003", "PINTEREST", "554000000000000001", "exampleoutdoor", "ORGANIZATION", FIRST, 0),
    ("131000004", "TWITTER", "940609754107346946", "example_help", "ORGANIZATION", FIRST, 0),
    ("131000005", "YOUTUBECHANNEL", "UCexampleexampleexample1", "Example Outdoor", "ORGANIZATION", FIRST, 0),
    ("131000006", "TIKTOKBUSINESS", "7000000000000000001", "exampleoutdoor", "ORGANIZATION", FIRST, 0),
    ("131000007", "THREADS", "17850000000000001", "example_outdoor", "ORGANIZATION", FIRST, 0),
    ("131000009", "INSTAGRAMBUSINESS", "17840000000000009", "example_old", "ORGANIZATION", FIRST, 1),
    ("131000010", "FACEBOOKPAGE", "1261768027866399", "Example Studio", "ORGANIZATION", SECOND, 0),
    ("131000011", "LINKEDINCOMPANY", "10000002", "Example Studio", "ORGANIZATION", SECOND, 0),
    ("131000012", "YOUTUBECHANNEL", "UCexampleexampleexample2", "Example Studio", "ORGANIZATION", SECOND, 0),
)  # fmt: skip


def populate(world: World) -> None:
    """Put the fixed part into an empty world."""
    founded = datetime(2016, 1, 14, 16, 27, 40, tzinfo=timezone.utc)
    for number, name in ORGANIZATIONS:
        world.organizations[number] = Organization(number, name, set(TAGS[number]))
    for number, email, name, language, zone, roles in MEMBERS:
        world.members[number] = Member(
            number,
            email,
            name,
            founded,
            founded.replace(year=2024),
            dict(roles),
            company="Example Company",
            timezone=zone,
            language=language,
        )
    for number, organization, name, members, profiles in TEAMS:
        creator = next(m for m in members if world.members[m].roles.get(organization))
        world.teams[number] = Team(
            number,
            organization,
            name,
            founded,
            creator,
            founded,
            creator,
            list(members),
            list(profiles),
        )
    for number, network, there, name, owner, owner_id, reauth in PROFILES:
        world.profiles[number] = Profile(number, network, there, name, owner, owner_id, reauth)
