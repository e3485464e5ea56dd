"""A small Hootsuite on the loopback server, in the shapes of the vendor samples."""

from odoo.addons.connector_base.tests.common import start_stub

from .common import ORGANIZATION, sample

ADA, BEA = "15240789", "15240801"
TEAM = "359493"
QUOTA = {
    "X-Account-Quota": "100000 per day",
    "X-Account-Quota-Used": "1234",
    "X-Account-Rate-Limit-Requests-Remaining": "19",
}


class StubWorld:
    """One organization with a team, two members and four profiles; one profile lost its access."""

    def __init__(self, test):
        self.server = start_stub(test)
        self.profiles = sample("socialProfiles.200")["data"]
        self.stub()

    @property
    def url(self):
        return self.server.url

    def path(self, path):
        return f"/hootsuite{path}"

    def on(self, method, path, answer):
        """Answer always like this, see `StubServer.on`."""
        self.server.on(method, self.path(path), answer)

    def calls(self, path, method="GET"):
        """Return the requests seen for one path."""
        return self.server.calls_of(method, self.path(path))

    def api_calls(self):
        """Return every request but those for tokens."""
        return [c for c in self.server.calls if "/oauth2/" not in c["path"]]

    def token(self, number=1, refresh=True):
        """Return an answer of the token endpoint."""
        body = {
            "access_token": f"access-{number}",
            "token_type": "bearer",
            "expires_in": 3599,
            "scope": "offline analytics:read" if refresh else "",
        }
        if refresh:
            body["refresh_token"] = f"refresh-{number}"
        return body

    def answer(self, body):
        """Return a good answer with Hootsuite's quota headers."""
        return (200, body, QUOTA)

    def stub(self):
        self.on("POST", "/oauth2/token", self.token(refresh=False))
        self.on("GET", "/v1/me", self.answer(sample("me.200")))
        self.on("GET", "/v1/me/organizations", self.answer(sample("me_organizations.200")))
        self.on("GET", "/v1/socialProfiles", lambda call: self.answer({"data": self.profiles}))
        base = f"/v1/organizations/{ORGANIZATION}"
        self.on("GET", f"{base}/teams", self.answer(sample("organization_teams.200")))
        self.on("GET", f"{base}/members", self.answer(sample("organization_members.200")))
        for member, name in ((ADA, "Ada Member"), (BEA, "Bea Member")):
            self.on("GET", f"/v1/members/{member}", self.answer(self.member(member, name)))
        self.on(
            "GET",
            f"{base}/members/{ADA}/permissions",
            self.answer(sample("organization_member_permissions.200")),
        )
        self.on(
            "GET",
            f"{base}/members/{BEA}/permissions",
            self.answer({"data": {"permissions": ["BASIC_USAGE"], "permissionPreset": "EDITOR"}}),
        )
        self.on("GET", f"{base}/teams/{TEAM}/members", self.answer(sample("team_members.200")))
        self.on(
            "GET",
            f"{base}/teams/{TEAM}/socialProfiles",
            self.answer({"data": [{"id": "115185509"}]}),
        )

    def member(self, member_id, name):
        """Return a member; as real answers do, one of them writes ``defaultTimezone``."""
        body = sample("member.200")
        first = name.split()[0].lower()
        body["data"].update(id=member_id, fullName=name, email=f"{first}.member@example.com")
        if member_id == BEA:
            body["data"]["defaultTimezone"] = body["data"].pop("timezone")
        return body

    def account(self, **values):
        """Return values for an integration that talks to this world."""
        return {
            "environment": "sandbox",
            "sandbox_url": self.url,
            "app_kind": "organization_app",
            **values,
        }
