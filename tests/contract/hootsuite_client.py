"""A bare client of the sandbox's Hootsuite: one bearer token, no retries, no conveniences."""

from urllib.parse import parse_qs, urlsplit

import requests

CALLBACK = "http://127.0.0.1:9/hootsuite/auth/callback"
STATE = "state-0001"
PAGE, TWITTER, LINKEDIN, INSTAGRAM = "115185509", "131000004", "131000001", "131000002"
PINTEREST, YOUTUBE, THREADS, OWN_TWITTER = "131000003", "131000005", "131000007", "120732387"
ORGANIZATION, TEAM, ADA, GRACE, TIM = "626731", "359493", "15240789", "15240801", "15240805"


class HootsuiteApi:
    """Talks to the REST API as the member or organization whose token it holds."""

    def __init__(self, info: dict):
        self.info = info["hootsuite"]
        self.session = requests.Session()
        self.token: str | None = None

    def post_token(self, auth: tuple | None = None, **form) -> requests.Response:
        auth = auth or (self.info["client_id"], self.info["client_secret"])
        return self.session.post(self.info["token_url"], data=form, auth=auth, timeout=10)

    def ask(self, **extra) -> dict:
        """Go through the consent page as if Allow was pressed; the parameters of the redirect."""
        params = {
            "response_type": "code",
            "client_id": self.info["client_id"],
            "redirect_uri": CALLBACK,
            "state": STATE,
            "scope": "offline analytics:read",
            "auto": "1",
            **extra,
        }
        params = {key: value for key, value in params.items() if value is not None}
        answer = self.session.get(
            self.info["authorize_url"], params=params, allow_redirects=False, timeout=10
        )
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {key: values[0] for key, values in query.items()}

    def exchange(self, code: str, **extra) -> requests.Response:
        form = {"redirect_uri": CALLBACK, **extra}
        return self.post_token(grant_type="authorization_code", code=code, **form)

    def login(self, **extra) -> "HootsuiteApi":
        """Become the member that consents."""
        self.token = self.exchange(self.ask(**extra)["code"]).json()["access_token"]
        return self

    def member(self, member_id: str) -> "HootsuiteApi":
        """Become a member through the installed app; no scopes."""
        answer = self.post_token(grant_type="member_app", member_id=member_id)
        self.token = answer.json()["access_token"]
        return self

    def organization(self, organization_id: str = ORGANIZATION) -> "HootsuiteApi":
        """Become the organization, as the Inbox calls need it."""
        answer = self.post_token(grant_type="organization_app", organization_id=organization_id)
        self.token = answer.json()["access_token"]
        return self

    def call(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.session.request(
            method, self.info["api_base_url"] + path, headers=headers, timeout=30, **options
        )

    def get(self, path: str, **params) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: object, **options) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def schedule(self, *profiles: str, **fields) -> requests.Response:
        """Schedule a post; by default on a page and far ahead."""
        body = {
            "text": "Our spring catalogue is out",
            "socialProfileIds": list(profiles or (PAGE,)),
            "scheduledSendTime": "2030-01-01T14:00:00Z",
            **fields,
        }
        return self.post("/v1/messages", {k: v for k, v in body.items() if v is not None})
