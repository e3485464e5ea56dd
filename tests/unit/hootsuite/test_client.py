"""The client against the sandbox: every call that the product makes, and how it fails."""

import io
from datetime import date, datetime, timedelta, timezone

import pytest

from connector_base.core import errors
from hootsuite_connector.adapters.message import Draft
from hootsuite_connector.adapters.steering import ContactAttributes, Steer

ORGANIZATION, ADA = "626731", "15240789"
PAGE, COMPANY = "115185509", "131000001"


def soon(days=1):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return now + timedelta(days=days)


def test_directory(ada):
    client = ada.client
    me = client.me()
    assert (me.hootsuite_id, me.email) == (ADA, "ada.member@example.com")
    organizations = {found.hootsuite_id for found in client.my_organizations()}
    assert ORGANIZATION in organizations
    profiles = client.profiles()
    assert {PAGE, COMPANY} <= {found.hootsuite_id for found in profiles}
    assert set(client.my_profile_ids()) <= {found.hootsuite_id for found in profiles}
    assert client.profile(PAGE).network == "facebook"
    members = client.organization_member_ids(ORGANIZATION)
    assert ADA in members
    assert client.member(ADA).full_name == me.full_name
    assert client.member_permissions(ORGANIZATION, ADA).manages
    teams = client.teams(ORGANIZATION)
    team = client.team(teams[0].hootsuite_id)
    assert team.name == teams[0].name
    assert set(client.team_member_ids(ORGANIZATION, team.hootsuite_id)) <= set(members)
    assert client.team_profile_ids(ORGANIZATION, team.hootsuite_id)
    assert ORGANIZATION in client.member_organization_ids(ADA)
    assert client.member_team_ids(ORGANIZATION, ADA) is not None
    assert client.member_profile_ids(ORGANIZATION, ADA) is not None
    assert isinstance(client.profile_team_ids(PAGE), list)
    assert not ada.issues


def test_team_is_made_and_filled(ada):
    team = ada.client.create_team(ORGANIZATION, "Connector Team")
    ada.client.add_team_member(ORGANIZATION, team.hootsuite_id, ADA)
    assert ada.client.team_member_ids(ORGANIZATION, team.hootsuite_id) == [ADA]
    with pytest.raises(errors.Rejected) as caught:
        ada.client.create_team(ORGANIZATION, "Connector Team")
    assert caught.value.code == 3006


@pytest.mark.parametrize("spelling", ["timezone", "defaultTimezone"])
def test_member_in_either_spelling(ada, spelling):
    ada.sandbox.hootsuite.app(timezone_key=spelling)
    assert ada.client.me().timezone


@pytest.mark.parametrize("shape", ["array", "object"])
def test_message_in_either_shape(ada, shape):
    ada.sandbox.hootsuite.app(message_shape=shape)
    (made,) = ada.client.schedule(Draft("Hello", (PAGE,), soon()))
    found = ada.client.message(made.hootsuite_id)
    assert (found.hootsuite_id, found.state) == (made.hootsuite_id, "SCHEDULED")


def test_one_message_per_profile_and_repeated_keys(ada):
    made = ada.client.schedule(Draft("Hello", (PAGE, COMPANY), soon()))
    assert {message.profile_id for message in made} == {PAGE, COMPANY}
    found = list(ada.client.messages(soon(0), soon(2), profile_ids=(PAGE, COMPANY)))
    assert {m.hootsuite_id for m in found} == {m.hootsuite_id for m in made}
    query = ada.calls("/v1/messages")[-1]["query"]
    assert f"socialProfileIds={PAGE}&socialProfileIds={COMPANY}" in query


def test_pages(ada):
    for number in range(3):
        profiles = (PAGE, COMPANY, "131000002")
        for minute in range(40):
            at = soon() + timedelta(minutes=number * 40 + minute)
            ada.client.schedule(Draft(f"Post {number} {minute}", profiles[:1], at))
    found = list(ada.client.messages(soon(0), soon(3), state="SCHEDULED"))
    assert len({message.hootsuite_id for message in found}) == len(found) == 120
    pages = [call for call in ada.calls("/v1/messages") if call["method"] == "GET"]
    assert len(pages) == 2
    assert [m.scheduled_at for m in found] == sorted(m.scheduled_at for m in found)


def test_period_and_state_are_checked_before_the_call(ada):
    with pytest.raises(ValueError):
        list(ada.client.messages(soon(0), soon(29)))
    with pytest.raises(ValueError):
        list(ada.client.messages(soon(0), soon(1), state="SUBMITTED"))
    assert not ada.calls("/v1/messages")


def test_delete_and_delete_again(ada):
    (made,) = ada.client.schedule(Draft("Hello", (PAGE,), soon()))
    assert ada.client.delete_message(made.hootsuite_id) is True
    assert ada.client.delete_message(made.hootsuite_id) is False


def test_sent_message_cannot_be_deleted(ada):
    (made,) = ada.client.schedule(Draft("Hello", (PAGE,)))
    ada.sandbox.settle()
    with pytest.raises(errors.Rejected) as caught:
        ada.client.delete_message(made.hootsuite_id)
    assert caught.value.code == 40003


def test_approval(ada):
    ada.sandbox.hootsuite.seed(pending=1, past=0, future=0)
    waiting = next(
        m for m in ada.client.messages(soon(-20), soon(7)) if m.state == "PENDING_APPROVAL"
    )
    reviewer = "MEMBER"
    number = waiting.sequence_number or 0
    ada.client.approve_message(waiting.hootsuite_id, number, reviewer)
    assert ada.client.message(waiting.hootsuite_id).state != "PENDING_APPROVAL"
    actions = [action.action for action in ada.client.message_history(waiting.hootsuite_id)]
    assert "APPROVE" in actions


def test_media_in_three_steps(ada):
    data = b"\x89PNG\r\n\x1a\n" + b"x" * 200_000
    media = ada.client.upload(
        io.BytesIO(data),
        len(data),
        "image/png",
        sleep=lambda seconds: ada.sandbox.clock(advance=seconds, wait=True),
    )
    assert media.ready
    upload = next(call for call in ada.sandbox.calls() if call["method"] == "PUT")
    assert "authorization" not in {name.lower() for name in upload.get("headers", {})}
    (made,) = ada.client.schedule(Draft("With picture", (PAGE,), soon(), media=(media.media_id,)))
    assert made.state == "SCHEDULED"
    assert not [r for r in ada.records if "Signature" in r.path or "Signature" in r.route]


def test_media_that_is_not_ready_in_time_can_be_looked_at_later(ada):
    ada.sandbox.hootsuite.limits(media_processing=3600)
    data = b"\x89PNG\r\n\x1a\n"
    with pytest.raises(errors.RateLimited) as caught:
        ada.client.upload(io.BytesIO(data), len(data), "image/png", sleep=lambda s: None, tries=2)
    ada.sandbox.clock(advance=4000, wait=True)
    assert ada.client.media(str(caught.value.code)).ready


def test_unsupported_file(ada):
    with pytest.raises(ValueError):
        ada.client.create_media(10, "application/pdf")


def test_figures(ada):
    ada.sandbox.hootsuite.seed(past=12, future=0)
    today = date.today()
    posts = list(ada.client.post_figures((PAGE, COMPANY), today - timedelta(days=60), today))
    assert all(post.metrics for post in posts)
    rows = list(ada.client.profile_figures((PAGE,), today - timedelta(days=5), today))
    assert rows
    assert {row.profile_id for row in rows} == {PAGE}


def test_figures_without_the_scope(app):
    with pytest.raises((errors.ScopeMissing, errors.Rejected)):
        list(app.client.post_figures((PAGE,), date.today(), date.today()))
    assert app.tokens.asked == 1, "a missing scope renews nothing"


def test_conversation_is_steered(app):
    app.sandbox.hootsuite.subscribe("http://127.0.0.1:9/nobody", kinds=["virtual_agent"])
    talk = app.sandbox.hootsuite.converse(medium="fb", texts=["Hello"])
    if talk["holder"] != "agent":
        app.sandbox.hootsuite.conversation("delegate", talk["conversation_id"])
    with pytest.raises(errors.NotFound):
        app.client.steer("no-such-conversation", Steer(texts=("Hi",)))
    app.client.set_contact_attributes(
        talk["contact_id"], ContactAttributes({"odoo_partner": "17"}, auto_confirm=True)
    )
    assert isinstance(app.client.locks(), dict)
    assert isinstance(app.client.online_agents(), dict)


def test_renewed_once_when_the_token_is_dead(ada):
    ada.client.me()
    ada.sandbox.hootsuite.revoke_tokens()
    ada.client.me()
    assert ada.tokens.asked == 2


@pytest.mark.parametrize("shape", ["errors", "oauth"])
def test_dead_token_in_either_shape(ada, shape):
    ada.sandbox.hootsuite.app(token_error=shape)
    ada.client.me()
    ada.sandbox.hootsuite.revoke_tokens()
    assert ada.client.me()


def test_permission_error_renews_nothing(ada):
    before = ada.client.me()
    with pytest.raises((errors.Rejected, errors.NotFound)):
        ada.client.teams("999999")
    assert ada.tokens.asked == 1
    assert ada.client.me() == before


def test_limit_of_a_second_is_waited_out(ada):
    ada.sandbox.hootsuite.limits(second=1)
    ada.sandbox.clock(freeze=True)
    ada.client.me()
    with pytest.raises(errors.RateLimited) as caught:
        ada.client.me()
    assert caught.value.scope == "second"
    assert len(ada.waited) == 3, "three waits with jitter between four attempts"
    assert len(set(ada.waited)) == 3


def test_limit_of_the_day_is_not_waited_for_in_the_call(ada):
    ada.client.me()
    ada.sandbox.hootsuite.limits(day=1)
    with pytest.raises(errors.RateLimited) as caught:
        ada.client.me()
    assert (caught.value.scope, ada.waited) == ("day", [])
    assert caught.value.retry_after > 0


def test_post_is_not_repeated_when_it_may_have_been_executed(ada):
    ada.sandbox.fault("execute_then_status", "POST", "/v1/messages$", times=1)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        ada.client.schedule(Draft("Once only", (PAGE,), soon()))
    assert caught.value.maybe_executed
    found = [m for m in ada.client.messages(soon(0), soon(2)) if m.text == "Once only"]
    assert len(found) == 1


def test_reading_is_repeated(ada):
    ada.sandbox.fault("status", "GET", "/v1/me$", status=503, times=2)
    assert ada.client.me()
    assert len(ada.waited) == 2


def test_ids_cannot_leave_their_place_in_the_address(ada):
    with pytest.raises((errors.NotFound, errors.Rejected, errors.PayloadError)):
        ada.client.message("../me")
    with pytest.raises(errors.ConnectorError):
        ada.client.message("..")
