"""No secret leaves its table: not in a dump, a log, an export, an answer, a copy. Keys can be changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import support_security as support
from tests.env.instance import Instance
from tests.env.rpc import RpcError

NEW_SECRET = "typed-into-the-form-never-shown-again-0042"
ECHOED = "eyJzYW5kYm94.access.echoed-in-an-error-0123456789abcdefghij"
MASK = "\u2022" * 8


@pytest.fixture(scope="module")
def account(instance: Instance) -> Iterator[int]:
    """An account with a whole life behind it: authorized, refreshed, refused, delivered to."""
    made = support.new_user_account(instance, "Secrets")
    box = support.sandbox_of(instance)
    support.connect_with_stale_token(instance, made)
    assert support.verify(instance, made)["type"] == "success"
    with support.faults(box):
        box.fault("status", path=support.API_PATH, status=401, body={"code": 124}, times=1)
        support.verify(instance, made)
        # Errors are logged too, and vendors repeat in them what they were sent.
        told = {"code": 300, "message": f"Invalid token: Bearer {ECHOED}"}
        box.fault("status", path=support.API_PATH, status=400, body=told, times=1)
        support.verify(instance, made)
    # Deliveries about recordings carry tokens that open them.
    box.zoom.run_meeting(topic="Kept secret", participants=2, recording=True, wait=True)
    instance.wait_for(
        lambda: (
            not instance.rpc.count("connector.event", [("state", "in", ("received", "processing"))])
        ),
        90,
        "the deliveries to be handled",
    )
    assert instance.rpc.count(
        "connector.event",
        [("event_type", "=", "recording.completed"), ("payload", "like", "Kept secret")],
    )
    yield made
    support.give_up(instance, made)


@pytest.fixture(scope="module")
def known(instance: Instance, account: int) -> dict[str, str]:
    """The real values, and proof that the search would find them."""
    tokens = support.stored_tokens(instance)
    assert {f"access token of {account}", f"refresh token of {account}"} <= set(tokens)
    for name, value in tokens.items():
        assert support.TOKEN_SHAPE.fullmatch(value), f"the {name} has an unknown shape"
    values = {**support.app_secrets(support.sandbox_of(instance)), **tokens}
    for name, value in values.items():
        assert name in support.found_in(f'x="{value}"', values)
        assert name in support.found_in(value.encode().hex(), values)
    return values


def all_fields(instance: Instance) -> list[str]:
    """Every field of the account that an administrator can read."""
    return sorted(instance.rpc.call(support.MODEL, "fields_get", [], ["type"]))


def test_database_dump(instance: Instance, account: int, known: dict[str, str]) -> None:
    dump = instance.odoo.cluster.tool("pg_dump", "--inserts", instance.database)
    assert dump.count("v1$") >= len(known) - 2, "the dump holds no encrypted secrets at all"
    assert "Kept secret" in dump
    assert support.found_in(dump, known) == []


def test_files(instance: Instance, account: int, known: dict[str, str]) -> None:
    searched = 0
    for path in instance.odoo.data_dir.rglob("*"):
        if path.is_file():
            searched += 1
            text = path.read_bytes().decode(errors="replace")
            assert support.found_in(text, known) == [], path
    assert searched


def test_server_log(instance: Instance, account: int, known: dict[str, str]) -> None:
    log = instance.log_text()
    assert "/zoom/webhook/event" in log, "the log does not show the deliveries"
    assert support.found_in(log, known) == []


def test_export(instance: Instance, account: int, known: dict[str, str]) -> None:
    names = all_fields(instance)
    assert {"client_secret", "webhook_secret"} <= set(names)
    rows = instance.rpc.call(support.MODEL, "export_data", [account], names)["datas"]
    assert "Secrets" in rows[0]
    assert support.found_in(str(rows), known) == []


def test_answers_to_the_form(instance: Instance, account: int, known: dict[str, str]) -> None:
    person = support.Person(instance)
    names = all_fields(instance)
    specification = {name: {} for name in names}
    for method, args, kwargs in (
        ("read", [[account], names], {}),
        ("web_read", [[account]], {"specification": specification}),
        ("web_search_read", [], {"domain": [], "specification": specification}),
        ("search_read", [[("id", "=", account)], names], {}),
        ("onchange", [[account], {}, [], specification], {}),
        ("get_views", [[(False, "form"), (False, "list"), (False, "search")]], {}),
        ("default_get", [names], {}),
    ):
        text = person.call_text(support.MODEL, method, args, kwargs)
        assert '"result"' in text, f"{method}: {text[:500]}"
        assert support.found_in(text, known) == [], method
    row = instance.rpc.call(support.MODEL, "read", [account], ["client_secret", "webhook_secret"])
    assert (row[0]["client_secret"], row[0]["webhook_secret"]) == (MASK, MASK)


def test_answer_to_saving_a_new_secret(instance: Instance, account: int) -> None:
    person = support.Person(instance)
    copied = instance.rpc.call(support.MODEL, "copy", [account], {"name": "Secrets, saved"})
    copied = copied[0] if isinstance(copied, list) else copied
    specification = {"name": {}, "client_secret": {}, "webhook_secret": {}}
    values = {"client_secret": NEW_SECRET, "webhook_secret": NEW_SECRET}
    text = person.call_text(
        support.MODEL, "web_save", [[copied], values], {"specification": specification}
    )
    assert MASK in text, text
    assert support.found_in(text, {"new secret": NEW_SECRET}) == []
    dump = instance.odoo.cluster.tool("pg_dump", "--inserts", instance.database)
    assert support.found_in(dump, {"new secret": NEW_SECRET}) == []
    # Saving the mask back changes nothing, an empty field forgets.
    before = support.Keys(instance).stored()
    instance.rpc.call(support.MODEL, "write", [copied], {"client_secret": MASK})
    assert support.Keys(instance).stored() == before
    instance.rpc.call(support.MODEL, "write", [copied], {"client_secret": False})
    assert support.fields_of(instance, copied, "client_secret") is False
    instance.rpc.call(support.MODEL, "unlink", [copied])
    assert not [row for row in support.Keys(instance).stored() if row[2] == str(copied)]


def test_copy(instance: Instance, account: int, known: dict[str, str]) -> None:
    copied = instance.rpc.call(support.MODEL, "copy", [account])
    copied = copied[0] if isinstance(copied, list) else copied
    box = support.sandbox_of(instance)
    instance.rpc.call(support.MODEL, "write", [copied], {"sandbox_url": box.base_url})
    try:
        row = instance.rpc.call(support.MODEL, "read", [copied], all_fields(instance))[0]
        assert support.found_in(str(row), known) == []
        assert row["state"] == "draft"
        assert row["client_secret"] is False
        assert row["webhook_secret"] is False
        assert row["webhook_key"] != support.fields_of(instance, account, "webhook_key")
        answer = support.verify(instance, copied)
        assert answer["type"] == "danger", "the copy uses the access of the original"
    finally:
        instance.rpc.call(support.MODEL, "unlink", [copied])


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("search_read", [[]]),
        ("search", [[]]),
        ("read", [[1]]),
        ("export_data", [[1], ["value"]]),
        ("create", [{"res_model": "x", "res_id": 1, "name": "x", "value": "x", "key_id": "x"}]),
        ("write", [[1], {"value": "x"}]),
        ("unlink", [[1]]),
    ],
)
def test_nobody_reaches_the_table(
    instance: Instance, account: int, method: str, args: list
) -> None:
    with pytest.raises(RpcError) as refused:
        instance.rpc.call("connector.secret", method, *args)
    assert refused.value.name == "odoo.exceptions.AccessError"


@pytest.mark.parametrize("method", ["_secret_get", "_token", "_access_token", "_token_load"])
def test_private_methods_are_not_callable(instance: Instance, account: int, method: str) -> None:
    model = "connector.secret" if method == "_secret_get" else support.MODEL
    with pytest.raises(RpcError) as refused:
        instance.rpc.call(model, method, [account])
    assert refused.value.name in ("odoo.exceptions.AccessError", "builtins.AttributeError")
