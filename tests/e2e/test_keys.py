"""Encryption keys: changed without losing anything, and told plainly when one is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import support_security as support
from tests.env.instance import Instance
from tests.env.rpc import RpcError


@pytest.fixture
def keys(instance: Instance) -> Iterator[support.Keys]:
    """The places for keys. Whatever happens in the test, no key is lost by it."""
    kept = support.Keys(instance)
    seen: list[str] = kept.in_file()
    assert seen, "the instance made no key file"
    written = kept.write_file

    def remember(*texts: str) -> None:
        seen.extend(text for text in texts if text not in seen)
        written(*texts)

    kept.write_file = remember  # type: ignore[method-assign]
    yield kept
    kept.write_config()
    # The newest first: what lies encrypted under the others can still be read.
    written(*reversed(seen))
    if not instance.odoo_alive:
        instance.start_odoo()


def assert_everything_works(instance: Instance) -> None:
    """Stored tokens, credentials and the webhook secret can be read."""
    box = support.sandbox_of(instance)
    main = support.main_integration(instance)
    assert support.verify(instance, main)["type"] == "success"
    assert support.fields_of(instance, main, "state") == "connected"
    url = support.fields_of(instance, main, "webhook_url")
    checked = box.zoom.subscribe(url, validate=True)
    assert checked["ok"], checked
    topic = f"Under {', '.join(sorted(support.Keys(instance).ids_in_use()))}"
    box.zoom.meeting("create", topic=topic, wait=True)
    instance.wait_for(
        lambda: instance.rpc.count("zoom.meeting", [("topic", "=", topic)]),
        60,
        "a delivery to become a meeting",
    )


def encryption_screen(instance: Instance) -> dict:
    """What the Encryption screen shows: key id -> (role, number of secrets), problem."""
    values = instance.rpc.call("connector.encryption", "default_get", ["line_ids", "problem"])
    lines = [command[2] for command in values.get("line_ids", [])]
    return {
        "keys": {line["key_id"]: (line["role"], line["count"]) for line in lines},
        "problem": values.get("problem") or "",
    }


def test_rotation(instance: Instance, keys: support.Keys) -> None:
    (old,) = keys.in_file()
    (old_id,) = keys.ids_in_use()
    new = support.new_key()

    keys.write_file(new, old)
    keys.restart()
    screen = encryption_screen(instance)["keys"]
    (new_id,) = set(screen) - {old_id}
    assert screen[new_id] == ("primary", 0)
    assert screen[old_id][0] == "old"
    assert screen[old_id][1] > 0
    assert old not in str(screen)
    assert_everything_works(instance)

    pressed = instance.rpc.call("connector.encryption", "create", {})
    instance.rpc.call("connector.encryption", "action_reencrypt", [pressed])
    assert keys.ids_in_use() == {new_id}

    # The old key goes; this time the new one stands in odoo.conf.
    keys.write_file()
    keys.write_config(new)
    keys.restart()
    assert set(encryption_screen(instance)["keys"]) == {new_id}
    assert_everything_works(instance)
    assert keys.ids_in_use() == {new_id}
    assert not keys.file.exists()
    keys.write_config()
    keys.write_file(new)


def test_missing_key(instance: Instance, keys: support.Keys) -> None:
    box = support.sandbox_of(instance)
    main = support.main_integration(instance)
    there = keys.in_file()
    url = support.fields_of(instance, main, "webhook_url")
    stored = keys.stored()

    keys.write_file()
    keys.restart()
    answer = support.verify(instance, main)
    assert answer["type"] == "danger"
    assert "encryption key" in answer["message"], answer
    assert "encryption key" in support.fields_of(instance, main, "state_message")
    assert "encryption key" in encryption_screen(instance)["problem"]
    with pytest.raises(RpcError, match="encryption key"):
        instance.rpc.call(support.MODEL, "write", [main], {"client_secret": "typed anew"})
    pressed = instance.rpc.call("connector.encryption", "create", {})
    with pytest.raises(RpcError, match="encryption key"):
        instance.rpc.call("connector.encryption", "action_reencrypt", [pressed])
    # Not acknowledged, so the vendor delivers again; nobody can forge one meanwhile either.
    refused = box.zoom.deliver(
        {"event": "meeting.started", "event_ts": 1, "payload": {}}, url=url, retry=False
    )
    assert [attempt["status"] for attempt in refused["attempts"]] == [503], refused
    # Nobody made a new key that would only hide the loss, and nothing was overwritten.
    assert not keys.file.exists()
    assert keys.stored() == stored

    # Another key is no better, and does not overwrite what it cannot read.
    keys.write_file(support.new_key())
    keys.restart()
    assert support.verify(instance, main)["type"] == "danger"
    with pytest.raises(RpcError, match="key"):
        instance.rpc.call(support.MODEL, "write", [main], {"client_secret": "typed anew"})
    assert keys.stored() == stored

    keys.write_file(*there)
    keys.restart()
    assert_everything_works(instance)
    assert keys.stored() == stored
