"""What makes the sandbox give each of Hootsuite's sample answers."""

from urllib.parse import quote

from tests.contract.hootsuite_client import (
    ADA,
    GRACE,
    INSTAGRAM,
    ORGANIZATION,
    OWN_TWITTER,
    PAGE,
    TEAM,
    TIM,
    TWITTER,
)
from tests.contract.shape import sample

PRODUCERS: dict = {}
MEMBER = f"/v1/organizations/{ORGANIZATION}/members"
TEAM_PATH = f"/v1/organizations/{ORGANIZATION}/teams/{TEAM}"
WINDOW = {"startTime": "2030-01-01T00:00:00Z", "endTime": "2030-01-15T00:00:00Z"}


def produces(*names):
    """Register what makes the sandbox give the answer of a sample."""

    def register(function):
        for name in names:
            PRODUCERS[name] = function
        return function

    return register


def gets(name, path, **params):
    """Register a plain GET by the administrator."""
    PRODUCERS[name] = lambda w: w.api.get(path, **params)


def request(name):
    return sample("responses", name, "hootsuite")


class World:
    """A seeded sandbox and a client with the administrator's token."""

    def __init__(self, sandbox, api):
        self.sandbox = sandbox
        self.hoot = sandbox.hootsuite
        self.seeded = self.hoot.seed()
        self.api = api.login()

    def inbox(self):
        """A client with the organization's token and a conversation of the virtual agent."""
        self.api.organization()
        return self.hoot.converse(texts=["Hello"])


# OAuth ---------------------------------------------------------------------------------------------------


@produces("oauth2_token_authorization_code.200.json")
def _code(w):
    return w.api.exchange(w.api.ask(scope="offline")["code"])


@produces("oauth2_token_refresh_token.200.json")
def _refresh(w):
    first = _code(w).json()
    return w.api.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"])


@produces("oauth2_token_member_app.200.json")
def _member_app(w):
    return w.api.post_token(grant_type="member_app", member_id=ADA)


@produces("oauth2_token_organization_app.200.json")
def _organization_app(w):
    return w.api.post_token(grant_type="organization_app", organization_id=ORGANIZATION)


@produces("oauth2_error_invalid_grant.400.json")
def _bad_refresh(w):
    return w.api.post_token(grant_type="refresh_token", refresh_token="dead")


@produces("oauth2_error_invalid_client.401.json")
def _bad_client(w):
    return w.api.post_token(auth=("nobody", "x"), grant_type="refresh_token", refresh_token="x")


@produces("oauth2_error_unsupported_grant_type.400.json")
def _bad_type(w):
    return w.api.post_token(grant_type="password")


@produces("api_error_request_unauthorized.401.json")
def _oauth_shape(w):
    w.hoot.app(token_error="oauth")
    w.hoot.revoke_tokens()
    return w.api.get("/v1/me")


@produces("api_error_token_invalid.401.json")
def _errors_shape(w):
    w.hoot.revoke_tokens()
    return w.api.get("/v1/me")


gets("well_known_oauth_authorization_server.200.json", "/.well-known/oauth-authorization-server")
gets("well_known_oauth_protected_resource.200.json", "/.well-known/oauth-protected-resource")

# Members, organizations, teams, profiles -----------------------------------------------------------------

gets("me.200.json", "/v1/me")
gets("me_organizations.200.json", "/v1/me/organizations")
gets("me_socialProfiles.200.json", "/v1/me/socialProfiles")
gets("me_adAccounts.200.json", "/v1/me/adAccounts", organization_id=ORGANIZATION)
gets("member.200.json", f"/v1/members/{ADA}")
gets("member_organizations.200.json", f"/v1/members/{ADA}/organizations")
gets("socialProfiles.200.json", "/v1/socialProfiles")
gets("socialProfile.200.json", f"/v1/socialProfiles/{PAGE}")
gets("socialProfile_teams.200.json", f"/v1/socialProfiles/{PAGE}/teams")
gets("organization_members.200.json", MEMBER)
gets("organization_member_permissions.200.json", f"{MEMBER}/{ADA}/permissions")
gets("organization_member_teams.200.json", f"{MEMBER}/{ADA}/teams")
gets("organization_member_socialProfiles.200.json", f"{MEMBER}/{ADA}/socialProfiles")
gets(
    "organization_member_socialProfile_permissions.200.json",
    f"{MEMBER}/{ADA}/socialProfiles/{PAGE}/permissions",
)
gets("organization_teams.200.json", f"/v1/organizations/{ORGANIZATION}/teams")
gets("team.200.json", f"/v1/teams/{TEAM}")
gets("team_members.200.json", f"{TEAM_PATH}/members")
gets("team_member_permissions.200.json", f"{TEAM_PATH}/members/{ADA}/permissions")
gets("team_socialProfiles.200.json", f"{TEAM_PATH}/socialProfiles")


@produces("member_create.200.json")
def _new_member(w):
    body = {**request("member_create.request.json"), "email": "new.member@example.com"}
    return w.api.post("/v1/members", body)


@produces("organization_member_remove.200.json")
def _remove(w):
    return w.api.call("DELETE", f"{MEMBER}/{GRACE}")


@produces("team_create.200.json")
def _new_team(w):
    return w.api.post(f"/v1/organizations/{ORGANIZATION}/teams", {"teamName": "Night Shift"})


@produces("team_add_member.200.json")
def _add_to_team(w):
    return w.api.call("POST", f"{TEAM_PATH}/members/{TIM}")


# Messages ------------------------------------------------------------------------------------------------


@produces("messages_schedule.200.json")
def _schedule(w):
    return w.api.post("/v1/messages", request("messages_schedule.request.json"))


@produces("messages_send_now.200.json")
def _now(w):
    return w.api.schedule(PAGE, scheduledSendTime=None)


@produces("messages_pending_approval.200.json")
def _pending(w):
    w.api.member(TIM)
    return w.api.schedule(PAGE)


def waiting(w):
    """A message that awaits approval; the administrator holds the token again."""
    made = _pending(w).json()["data"][0]
    w.api.login()
    return f"/v1/messages/{made['id']}"


@produces("messages_list_page1.200.json")
def _page_1(w):
    for day in ("01", "02", "03"):
        w.api.schedule(PAGE, scheduledSendTime=f"2030-01-{day}T14:00:00Z", tags=["spring"])
    return w.api.get("/v1/messages", limit=2, state="SCHEDULED", **WINDOW)


@produces("messages_list_page2.200.json")
def _page_2(w):
    cursor = _page_1(w).json()["metadata"]["cursor"]["next"]
    return w.api.get("/v1/messages", limit=2, cursor=cursor, **WINDOW)


gets(
    "messages_list_empty.200.json",
    "/v1/messages",
    startTime="2031-02-01T00:00:00Z",
    endTime="2031-02-15T00:00:00Z",
)


@produces("message.200.json")
def _message(w):
    return w.api.get(f"/v1/messages/{_now(w).json()['data'][0]['id']}")


@produces("message_delete.200.json")
def _delete(w):
    return w.api.call("DELETE", f"/v1/messages/{_schedule(w).json()['data'][0]['id']}")


@produces("message_approve.200.json")
def _approve(w):
    return w.api.post(f"{waiting(w)}/approve", request("message_approve.request.json"))


@produces("message_reject.200.json")
def _reject(w):
    return w.api.post(f"{waiting(w)}/reject", request("message_reject.request.json"))


@produces("message_history.200.json")
def _history(w):
    path = waiting(w)
    w.api.post(f"{path}/approve", request("message_approve.request.json"))
    return w.api.get(f"{path}/history")


@produces("comment.200.json")
def _comment(w):
    return w.api.get(f"/v1/comments/{w.seeded['comments'][0]}")


# Media ---------------------------------------------------------------------------------------------------


@produces("media_create.200.json")
def _media(w):
    return w.api.post("/v1/media", {"sizeBytes": 4, "mimeType": "image/png"})


@produces("media_get_queued.200.json")
def _queued(w):
    return w.api.get(f"/v1/media/{quote(_media(w).json()['data']['id'], safe='')}")


@produces("media_get_ready.200.json")
def _ready(w):
    made = _media(w).json()["data"]
    answer = w.api.session.put(
        made["uploadUrl"], data=b"\x89PNG", headers={"Content-Type": "image/png"}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    w.sandbox.clock(advance=60)
    return w.api.get(f"/v1/media/{quote(made['id'], safe='')}")


# Errors --------------------------------------------------------------------------------------------------

gets(
    "error_date_range_too_large.400.json",
    "/v1/messages",
    startTime="2030-01-01T00:00:00Z",
    endTime="2030-02-01T00:00:00Z",
)
gets("error_state_filter.400.json", "/v1/messages", state="DELETED", **WINDOW)
gets("error_invalid_cursor.400.json", "/v1/messages", cursor="x", **WINDOW)
gets("error_invalid_team.400.json", f"/v1/organizations/{ORGANIZATION}/teams/1/socialProfiles")


@produces("error_schema_validation.400.json")
def _bad_time(w):
    return w.api.schedule(PAGE, scheduledSendTime="2030-01-01T14:00:00+01:00")


@produces("error_message_not_awaiting_approval.400.json")
def _not_waiting(w):
    number = _schedule(w).json()["data"][0]["id"]
    return w.api.post(f"/v1/messages/{number}/approve", request("message_approve.request.json"))


@produces("error_media_not_ready.400.json")
def _early(w):
    return w.api.schedule(PAGE, media=[{"id": _media(w).json()["data"]["id"]}])


@produces("error_cannot_delete.400.json")
def _sent_already(w):
    return w.api.call("DELETE", f"/v1/messages/{_now(w).json()['data'][0]['id']}")


@produces("error_twitter_one_network.400.json")
def _two_twitters(w):
    return w.api.schedule(TWITTER, OWN_TWITTER)


@produces("error_scheduled_limit.400.json")
def _too_many(w):
    w.hoot.limits(scheduled_per_profile=0)
    return w.api.schedule(INSTAGRAM)


@produces("error_not_authorized_org.401.json")
def _no_admin(w):
    w.api.member(GRACE)
    return w.api.post("/v1/members", request("member_create.request.json"))


@produces("error_member_permissions.401.json")
def _others(w):
    return w.api.member(GRACE).get(f"{MEMBER}/{ADA}/permissions")


@produces("error_org_members.403.json")
def _list_members(w):
    return w.api.member(GRACE).get(MEMBER)


@produces("error_view_member.403.json")
def _view(w):
    return w.api.member(GRACE).get(f"/v1/members/{ADA}")


@produces("error_not_found.404.json")
def _missing(w):
    return w.api.call("DELETE", "/v1/messages/1234")


@produces("error_rate_limit.429.json")
def _limit(w):
    w.hoot.limits(second=0)
    return w.api.get("/v1/me")


@produces("error_server.500.json")
def _broken(w):
    w.sandbox.fault("status", "GET", "/v1/me$", times=1)
    return w.api.get("/v1/me")


# Analytics -----------------------------------------------------------------------------------------------

TIMESPAN = {"since": "2026-01-01", "until": "2026-01-31"}


def analytics(w, what, body, **query):
    w.sandbox.clock(set="2026-02-01T12:00:00Z")
    w.hoot.seed(days=30, past=60)
    w.api.login()
    params = {"networkId": "FACEBOOKPAGE", "datatype": "ORGANIC", **query}
    return w.api.call("POST", f"/v1/analytics/{what}", json=body, params=params)


@produces("analytics_posts.200.json")
def _posts(w):
    return analytics(w, "posts", request("analytics_posts.request.json"), limit=1)


@produces("analytics_profiles.200.json")
def _profiles(w):
    return analytics(w, "profiles", request("analytics_profiles.request.json"), limit=100)


@produces("analytics_error.422.json")
def _no_filter(w):
    return analytics(w, "posts", {"filters": {}})


# Inbox ---------------------------------------------------------------------------------------------------

METRICS = "/inbox/v1/reporting/metrics"
PROACTIVE = "/inbox/v1/proactive-messaging"


@produces("inbox_conversation_manipulate.200.json")
def _act(w):
    talk = w.inbox()["conversation_id"]
    body = {**request("inbox_conversation_manipulate.request.json"), "messageId": "m"}
    return w.api.post(f"/inbox/v1/virtual-agent/conversations/{talk}", body)


@produces("inbox_contact_attributes.200.json")
def _attributes(w):
    contact = w.inbox()["contact_id"]
    return w.api.call(
        "PUT",
        f"/inbox/v2/contact/{contact}/contact-attributes",
        json=request("inbox_contact_attributes.request.json"),
    )


@produces("inbox_proactive_send.200.json")
def _proactive(w):
    w.inbox()
    return w.api.post(PROACTIVE, request("inbox_proactive_send.request.json"))


@produces("inbox_proactive_status.200.json")
def _proactive_status(w):
    return w.api.get(f"{PROACTIVE}/{_proactive(w).json()['correlationId']}")


@produces("inbox_proactive_status_detail.200.json")
def _proactive_detail(w):
    w.inbox()
    body = {**request("inbox_proactive_send.request.json"), "medium": "PIGEON"}
    number = w.api.post(PROACTIVE, body).json()["correlationId"]
    return w.api.get(f"{PROACTIVE}/{number}/FAILED")


@produces("inbox_proactive_error.400.json")
def _proactive_error(w):
    w.inbox()
    return w.api.post(PROACTIVE, {"medium": "WHATSAPP", "contact": "+3225550100"})


@produces("inbox_queue_lock.200.json")
def _locks(w):
    talk = w.inbox()["conversation_id"]
    w.hoot.conversation("handover", talk)
    return w.api.get("/inbox/v1/queue/lock")


@produces("inbox_online_agents.200.json")
def _online(w):
    w.inbox()
    return w.api.get("/inbox/v1/user-presence/online-agents")


@produces("inbox_metric_inbound_volume.200.json")
def _volume(w):
    w.inbox()
    body = request("inbox_metric_inbound_volume.request.json")
    return w.api.post(f"{METRICS}/inbound-message-volume", body)
