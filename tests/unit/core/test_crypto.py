import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_base.core.crypto import KeyRing
from connector_base.core.errors import ConfigurationError, KeyUnavailable

OLD, NEW = KeyRing.generate_key(), KeyRing.generate_key()
CONTEXT = "zoom.integration,3,client_secret"


@given(st.text(), st.text())
def test_round_trip(text, context):
    text, context = (t.encode("utf-8", "replace").decode() for t in (text, context))
    ring = KeyRing([NEW])
    assert ring.decrypt(ring.encrypt(text, context), context) == text


def test_token_has_the_promised_form_and_hides_the_text():
    ring = KeyRing([NEW])
    token = ring.encrypt("s3cr3t-value", CONTEXT)
    version, key_id, sealed = token.split("$")
    assert (version, key_id) == ("v1", ring.primary_id)
    assert len(key_id) == 8
    assert sealed.startswith("gAAAA")
    assert "s3cr3t" not in token
    assert NEW not in token
    assert token != ring.encrypt("s3cr3t-value", CONTEXT)


def test_rotation_without_downtime():
    token = KeyRing([OLD]).encrypt("text", CONTEXT)
    both = KeyRing([NEW, OLD])
    assert both.decrypt(token, CONTEXT) == "text"
    assert both.needs_reencrypt(token)
    again = both.encrypt(both.decrypt(token, CONTEXT), CONTEXT)
    assert not both.needs_reencrypt(again)
    assert KeyRing([NEW]).decrypt(again, CONTEXT) == "text"


def test_dropped_key_is_told():
    token = KeyRing([OLD]).encrypt("text", CONTEXT)
    with pytest.raises(KeyUnavailable) as caught:
        KeyRing([NEW]).decrypt(token, CONTEXT)
    assert KeyRing([OLD]).primary_id in caught.value.message
    assert caught.value.remedy


def test_no_key_at_all():
    with pytest.raises(KeyUnavailable):
        KeyRing([])


@pytest.mark.parametrize(
    "context",
    [
        "zoom.integration,4,client_secret",
        "zoom.integration,3,webhook_secret",
        "hootsuite.integration,3,client_secret",
        "",
    ],
)
def test_a_value_moved_to_another_place_is_refused(context):
    ring = KeyRing([NEW])
    token = ring.encrypt("text", CONTEXT)
    with pytest.raises(ConfigurationError) as caught:
        ring.decrypt(token, context)
    assert not isinstance(caught.value, KeyUnavailable)


def test_a_value_relabelled_with_another_key_is_refused():
    ring = KeyRing([NEW, OLD])
    sealed = ring.encrypt("text", CONTEXT).split("$")[2]
    with pytest.raises(ConfigurationError):
        ring.decrypt(f"v1${ring.key_ids[1]}${sealed}", CONTEXT)


@pytest.mark.parametrize("position", [0, 1, 20, -30, -1])
def test_a_damaged_value_is_refused(position):
    ring = KeyRing([NEW])
    head, key_id, sealed = ring.encrypt("some longer text", CONTEXT).split("$")
    changed = list(sealed)
    changed[position] = "B" if changed[position] != "B" else "C"
    with pytest.raises(ConfigurationError):
        ring.decrypt(f"{head}${key_id}${''.join(changed)}", CONTEXT)


@pytest.mark.parametrize(
    "text", ["", "plain", "v1$abc", "v2$abc$def", "v1$$x", "v1$x$", "v1$a$b$c", "a$b$c"]
)
def test_other_text_is_not_taken_for_a_value(text):
    ring = KeyRing([NEW])
    with pytest.raises(ConfigurationError):
        ring.decrypt(text, CONTEXT)
    with pytest.raises(ConfigurationError):
        ring.needs_reencrypt(text)


@pytest.mark.parametrize("key", ["", "short", "é" * 44, NEW + "x", NEW[:-4], "!" * 44])
def test_a_malformed_key_is_named_by_position_only(key):
    with pytest.raises(ConfigurationError) as caught:
        KeyRing([OLD, key])
    assert "number 2" in caught.value.message
    assert not key or key not in caught.value.message


def test_a_key_listed_twice_is_refused():
    with pytest.raises(ConfigurationError, match="number 2"):
        KeyRing([NEW, NEW])


def test_spaces_around_a_key_do_not_matter():
    assert KeyRing([f" {NEW}\n"]).primary_id == KeyRing([NEW]).primary_id


def test_the_ring_does_not_show_its_keys():
    ring = KeyRing([NEW, OLD])
    shown = repr(ring) + "".join(ring.key_ids)
    assert NEW not in shown
    assert OLD not in shown


def test_purposes_and_keys_give_different_bytes():
    ring = KeyRing([NEW, OLD])
    assert ring.derive("state") == ring.derive_all("state")[0] == KeyRing([NEW]).derive("state")
    assert ring.derive_all("state")[1] == KeyRing([OLD]).derive("state")
    assert len({ring.derive("state"), ring.derive("other"), *ring.derive_all("state")}) == 3
    assert len(ring.derive("state")) == 32
