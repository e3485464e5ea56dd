"""What makes the sandbox give each of the vendor's sample answers."""

from urllib.parse import quote

from tests.contract.shape import sample
from tests.sandbox.zoom.config import ACCOUNT_ID

PRODUCERS: dict = {}


def produces(*names):
    """Register what makes the sandbox give the answer of a sample."""

    def register(function):
        for name in names:
            PRODUCERS[name] = function
        return function

    return register


def path_id(uuid: str) -> str:
    return quote(quote(uuid, safe=""), safe="")


class World:
    """A seeded sandbox with one held, recorded meeting, and a client."""

    def __init__(self, sandbox, api):
        self.sandbox = sandbox
        self.api = api.s2s()
        seeded = sandbox.zoom.seed(users=3, meetings=4, recurring=1, past=2, participants=4)
        self.seeded = seeded
        self.host = seeded["users"][0]["id"]
        self.run = sandbox.zoom.run_meeting(
            host_id=self.host,
            participants=4,
            rejoin=1,
            guests=1,
            duration=3600,
            seed=3,
            participant_audio=1,
        )
        self.uuid = path_id(self.run["uuid"])

    def post_meeting(self, name="meeting_create.scheduled.request.json", **changes):
        body = sample("responses", name)
        body.update(start_time="2027-05-04T10:00:00", **changes)
        return self.api.call("POST", f"/users/{self.host}/meetings", json=body)


@produces("oauth.token.authorization_code.json")
def _code(w):
    return w.api.exchange(w.api.authorize()["code"])


@produces("oauth.token.refresh_token.json")
def _refresh(w):
    first = w.api.exchange(w.api.authorize()["code"]).json()
    return w.api.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"])


@produces("oauth.token.account_credentials.json")
def _s2s(w):
    return w.api.post_token(s2s=True, grant_type="account_credentials", account_id=ACCOUNT_ID)


@produces("oauth.revoke.json")
def _revoke(w):
    token = w.api.exchange(w.api.authorize()["code"]).json()["access_token"]
    auth = (w.api.zoom["client_id"], w.api.zoom["client_secret"])
    return w.api.session.post(
        w.api.zoom["revoke_url"], data={"token": token}, auth=auth, timeout=10
    )


@produces("oauth.error.invalid_client.json")
def _bad_client(w):
    return w.api.post_token(
        auth=("nobody", "nothing"), grant_type="refresh_token", refresh_token="x"
    )


@produces("oauth.error.unsupported_grant_type.json")
def _bad_grant(w):
    return w.api.post_token(grant_type="password")


@produces("oauth.error.refresh_invalid.json")
def _bad_refresh(w):
    return w.api.post_token(grant_type="refresh_token", refresh_token="dead")


@produces("oauth.error.code_invalid.json")
def _bad_code(w):
    return w.api.exchange("made-up")


@produces("users_me.json")
def _me(w):
    return w.api.oauth().get("/users/me")


@produces("user_get.json")
def _user(w):
    return w.api.get(f"/users/{w.host}")


@produces("users_list.page1.json")
def _users(w):
    return w.api.get("/users", page_size=2)


@produces("users_list.page2.json")
def _users_last(w):
    token = w.api.get("/users", page_size=2).json()["next_page_token"]
    return w.api.get("/users", page_size=2, next_page_token=token)


@produces("meeting_create.scheduled.json")
def _create(w):
    return w.post_meeting()


@produces("meeting_create.recurring.json")
def _create_series(w):
    return w.post_meeting(
        "meeting_create.recurring.request.json",
        agenda="Kick-off",
        settings={"waiting_room": True, "meeting_invitees": [{"email": "bob.user@example.com"}]},
    )


@produces("meeting_get.json")
def _get(w):
    return w.api.get(f"/meetings/{w.post_meeting().json()['id']}")


def _series(w):
    return _create_series(w).json()


@produces("meeting_get.recurring.json")
def _get_series(w):
    made = _series(w)
    w.api.call(
        "DELETE", f"/meetings/{made['id']}?occurrence_id={made['occurrences'][1]['occurrence_id']}"
    )
    return w.api.get(f"/meetings/{made['id']}")


@produces("meeting_get.occurrence.json")
def _get_occurrence(w):
    made = _series(w)
    return w.api.get(
        f"/meetings/{made['id']}", occurrence_id=made["occurrences"][2]["occurrence_id"]
    )


@produces("meetings_list.json")
def _list(w):
    return w.api.get(f"/users/{w.host}/meetings")


@produces("upcoming_meetings.json")
def _upcoming(w):
    w.sandbox.zoom.meeting(
        "create", host_id=w.host, topic="Soon", start_time=w.sandbox.clock()["now"], duration=120
    )
    return w.api.get(f"/users/{w.host}/upcoming_meetings")


@produces("meeting_invitation.json")
def _invitation(w):
    return w.api.get(f"/meetings/{w.seeded['meetings'][0]}/invitation")


def _registered(w, **changes):
    made = w.post_meeting(settings={"approval_type": 0}).json()
    body = {**sample("responses", "registrant_create.request.json"), **changes}
    return made, w.api.call("POST", f"/meetings/{made['id']}/registrants", json=body)


@produces("registrant_create.json")
def _register(w):
    return _registered(w)[1]


@produces("registrants_list.json")
def _registrants(w):
    made, _answer = _registered(w)
    return w.api.get(f"/meetings/{made['id']}/registrants")


@produces("past_meeting_details.json")
def _past(w):
    return w.api.get(f"/past_meetings/{w.uuid}")


@produces("past_meeting_instances.json")
def _instances(w):
    return w.api.get(f"/past_meetings/{w.run['meeting_id']}/instances")


@produces("past_meeting_participants.json")
def _participants(w):
    return w.api.get(f"/past_meetings/{w.uuid}/participants")


@produces("report_user_meetings.json")
def _report(w):
    today = w.sandbox.clock()["now"][:10]
    return w.api.get(f"/report/users/{w.host}/meetings", **{"from": today, "to": today})


@produces("report_meeting_details.json")
def _report_meeting(w):
    return w.api.get(f"/report/meetings/{w.uuid}")


@produces("report_meeting_participants.json")
def _report_participants(w):
    return w.api.get(f"/report/meetings/{w.uuid}/participants")


@produces("recordings_list.json")
def _recordings(w):
    day = w.run["start_time"][:10]
    return w.api.get(f"/users/{w.host}/recordings", **{"from": day, "to": day})


@produces("meeting_recordings.json")
def _meeting_recordings(w):
    return w.api.get(
        f"/meetings/{w.uuid}/recordings", include_fields="download_access_token", ttl=3600
    )


@produces("recordings_list.trash.json")
def _trash(w):
    for file in w.run["recording_files"][:2]:
        answer = w.api.call("DELETE", f"/meetings/{w.uuid}/recordings/{file['id']}?action=trash")
        assert answer.status_code == 204
    return w.api.get(f"/users/{w.host}/recordings", trash="true", trash_type="meeting_recordings")


@produces("meeting_transcript.json")
def _transcript(w):
    return w.api.get(f"/meetings/{w.uuid}/transcript")


@produces("meeting_templates.json")
def _templates(w):
    return w.api.get(f"/users/{w.host}/meeting_templates")


@produces("event_subscription_create.json")
def _subscription(w):
    body = sample("responses", "event_subscription_create.request.json")
    return w.api.call("POST", "/marketplace/app/event_subscription", json=body)


@produces("error.invalid_token.json")
def _e_token(w):
    w.api.token = "made-up"
    return w.api.get("/users")


@produces("error.expired_token.json")
def _e_expired(w):
    w.sandbox.clock(advance=3601)
    return w.api.get("/users")


@produces("error.missing_scopes.json")
def _e_scopes(w):
    w.sandbox.zoom.app(s2s_scopes=["user:read:user:admin"])
    w.api.s2s()
    return w.post_meeting()


@produces("error.bad_json.json")
def _e_json(w):
    return w.api.call("POST", f"/users/{w.host}/meetings", data="{")


@produces("error.validation.json")
def _e_validation(w):
    return w.api.call("POST", f"/users/{w.host}/meetings", json={"start_time": "tomorrow"})


@produces("error.user_not_found.json")
def _e_user(w):
    return w.api.get("/users/nobody@example.com")


@produces("error.meeting_not_found.json")
def _e_meeting(w):
    return w.api.get("/meetings/81234567890")


@produces("error.cannot_access_meeting.json")
def _e_access(w):
    other = w.seeded["users"][1]
    w.sandbox.zoom.app(kind="user", consent_user=other["email"])
    return w.api.oauth().get(f"/meetings/{w.run['meeting_id']}")


@produces("error.not_host.json")
def _e_host(w):
    other = w.seeded["users"][1]
    w.sandbox.zoom.app(kind="user", consent_user=other["email"])
    return w.api.oauth().call("DELETE", f"/meetings/{w.run['meeting_id']}")


@produces("error.meeting_in_progress_delete.json")
def _e_running(w):
    run = w.sandbox.zoom.run_meeting(host_id=w.host, participants=2, speed=5, announce=False)
    while not w.sandbox.zoom.state()["live"]:
        pass
    return w.api.call("DELETE", f"/meetings/{run['meeting_id']}")


@produces("error.hosting_not_allowed.json")
def _e_hosting(w):
    w.sandbox.zoom.user("deactivate", user_id=w.host)
    return w.post_meeting()


@produces("error.no_recording.json")
def _e_recording(w):
    return w.api.get(f"/meetings/{w.seeded['meetings'][0]}/recordings")


@produces("error.page_token_expired.json")
def _e_page(w):
    token = w.api.get("/users", page_size=2).json()["next_page_token"]
    w.sandbox.clock(advance=901)
    return w.api.get("/users", page_size=2, next_page_token=token)


@produces("error.meeting_over_a_year.json")
def _e_year(w):
    w.sandbox.clock(advance=366 * 86400)
    return w.api.s2s().get(f"/past_meetings/{w.uuid}")


@produces("error.no_permission.json")
def _e_permission(w):
    w.sandbox.zoom.app(consent_user=w.seeded["users"][1]["email"])
    return w.api.oauth().get(f"/report/meetings/{w.uuid}")


@produces("error.user_not_in_account.json")
def _e_account(w):
    gone = w.sandbox.zoom.user("create", email="left.us@example.com", first_name="Left")
    w.sandbox.zoom.user("disassociate", user_id=gone["user_id"])
    return w.api.get(f"/users/{gone['user_id']}")


@produces("error.rate_limit_second.json")
def _e_second(w):
    w.sandbox.zoom.limits(second={"Light": 0})
    return w.api.get(f"/users/{w.host}")


@produces("error.rate_limit_daily.json")
def _e_daily(w):
    w.sandbox.zoom.limits(day={"Heavy": 0})
    return w.api.get(f"/report/meetings/{w.uuid}")


@produces("error.rate_limit_user_100.json")
def _e_host_limit(w):
    w.sandbox.zoom.limits(host_day=100)
    for _ in range(100):
        assert w.post_meeting().status_code == 201
    return w.post_meeting()


@produces("error.rate_limit_registrant.json")
def _e_registrant(w):
    w.sandbox.zoom.limits(registrant_day=3)
    for _ in range(3):
        assert _registered(w)[1].status_code == 201
    return _registered(w)[1]
