import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connector_base.core.crypto import KeyRing
from connector_base.core.redaction import MASK, is_sensitive_key, redact, redact_path

PLANTED = "Pl4nted-S3cret_value"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiIxMjMifQ.c2lnbmF0dXJlLXBhcnQ"

SECRET_KEYS = [
    "access_token",
    "refresh_token",
    "download_token",
    "download_access_token",
    "next_page_token",
    "plainToken",
    "encryptedToken",
    "client_secret",
    "secret_token",
    "password",
    "h323_password",
    "passcode",
    "play_passcode",
    "recording_play_passcode",
    "Authorization",
    "Proxy-Authorization",
    "Set-Cookie",
    "code",
    "code_verifier",
    "client_assertion",
    "state",
    "zak",
    "tk",
    "pwd",
    "start_url",
    "join_url",
    "host_key",
    "participant_pin_code",
    "api-key",
    "X-ZM-Signature",
    "x-hootsuite-signature",
]
PERSONAL_KEYS = [
    "email",
    "host_email",
    "first_name",
    "last_name",
    "user_name",
    "display_name",
    "phone_number",
    "public_ip",
    "private_ip",
    "topic",
    "agenda",
    "address",
    "operator",
]


@pytest.mark.parametrize("key", SECRET_KEYS + PERSONAL_KEYS)
def test_a_value_is_masked_by_its_key_in_every_form(key):
    value = PLANTED
    forms = [
        {key: value},
        {"object": {"list": [{key: value}]}},
        [(key, value)],
        json.dumps({key: value}),
        json.dumps({"a": 1, key: value})[:-2],  # cut off
        json.dumps({key: value}).encode(),
        json.dumps({"inner": json.dumps({key: value})}),
        json.dumps(json.dumps({key: value})),
        repr({key: value}),
        urlencode({"a": "1", key: value, "z": "2"}),
        f"https://host.example/x?a=1&{key}={value}#f",
        {"address_of_file": f"https://host.example/x?{key}={value}"},
        f"{key}: {value}",
        f"GET / HTTP/1.1\r\n{key}: {value}\r\nHost: x\r\n",
    ]
    for form in forms:
        assert value not in redact(form), form
        assert MASK in redact(form), form


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {PLANTED}",
        f"bearer%20{PLANTED}",
        f"sent Authorization: Basic {PLANTED} to the vendor",
        f"the token {JWT} was refused",
        f"cut {JWT[:40]}",
        f"https://user:{PLANTED}@host.example/",
        KeyRing([KeyRing.generate_key()]).encrypt("x", "c"),
        "gAAAAABrBWgNNUjK2WRrSPF7SsjkQ4pt5H2Up10egH6JqW1vgxGfDvPIZ1SY",
    ],
)
@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"note": t}, lambda t: [t], str.encode])
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(text, wrap):
    shown = redact(wrap(text))
    for secret in (PLANTED, JWT[10:30], "gAAAA", "NNUjK2WRr"):
        assert secret not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "address",
    ["ada.host@example.com", "ada+x@sub.example.co.uk", "ada%40example.com", "o'neil@example.com"],
)
def test_addresses_are_masked_in_free_text(address):
    for text in (
        f"User does not exist: {address}.",
        f"<{address}>",
        f"/users/{address}/meetings",
        {"message": f"no {address}"},
        {address: 1},
    ):
        assert "example" not in redact(text).replace("exist", "")


def test_useful_things_stay():
    body = {
        "code": 3001,
        "message": "Meeting does not exist: 81234567890.",
        "duration": 60,
        "type": 2,
        "state": "SENT",
        "token_type": "bearer",
        "start_time": "2026-05-04T08:01:12Z",
        "password": "",
        "join_before_host": True,
        "zak": None,
    }
    assert json.loads(redact(body)) == body
    assert json.loads(redact(json.dumps(body))) == body
    assert redact("page_size=30&from=2026-05-04&type=scheduled") == (
        "page_size=30&from=2026-05-04&type=scheduled"
    )
    assert redact("code=124") == "code=124"
    assert redact("code=abcdefghij") == f"code={MASK}"


def test_a_flag_under_a_sensitive_key_stays_and_a_number_does_not():
    assert json.loads(redact({"password": True, "passcode": 123456})) == {
        "password": True,
        "passcode": MASK,
    }


def test_nested_values_under_a_sensitive_key_go_as_a_whole():
    assert PLANTED not in redact({"credentials": {"user": PLANTED, "more": [PLANTED]}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), ("", ""), (b"", ""), (0, "0"), ("plain words", "plain words")],
)
def test_plain_values(value, expected):
    assert redact(value) == expected


def test_length_is_bounded_after_masking():
    text = "x" * 50 + f" password={PLANTED}"
    for limit in (0, 1, 10, 55, 62, 65, 70, 200):
        shown = redact(text, limit)
        assert len(shown) <= max(limit, 1)
        assert PLANTED[:4] not in shown
    assert redact("y" * 5000).endswith("…")
    assert len(redact({"k": "y" * 5000})) == 2000


def test_deep_and_broken_structures_do_not_crash():
    deep = {}
    for _ in range(500):
        deep = {"x": deep}
    assert MASK in redact(deep)
    assert redact("[" * 100_000)
    assert redact(b"\xff\xfe{")
    assert redact('{"a": ')
    assert redact({1: {2, 3}, "o": object})


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "a@" * 100_000,
        '"a":"' + "\\" * 200_000,
        "eyJaaaaaaa." * 20_000,
        "%" * 200_000,
    ],
    ids=["word", "addresses", "backslashes", "tokens", "percent"],
)
@pytest.mark.timeout(60)
def test_hostile_texts_are_read_in_linear_work(text):
    # One takes a fraction of a second; a quadratic pattern takes minutes for the lot.
    for _ in range(10):
        assert len(redact(text)) <= 2000


def test_paths():
    assert redact_path("/v2/users/ada%40example.com/x?access_token=1#f") == f"/v2/users/{MASK}/x"
    assert redact_path("/v2/meetings/81234567890") == "/v2/meetings/81234567890"


@pytest.mark.parametrize("key", ["", "id", "uuid", "duration", "status", "type", "event", None, 7])
def test_harmless_keys(key):
    assert not is_sensitive_key(key)


# -- properties ------------------------------------------------------------------------------------

secret_text = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\"),
    min_size=8,
    max_size=40,
).map(lambda text: f"zq{text}qz")
# "state" is left out: a plain word behind it is a status and stays.
keys = st.sampled_from([key for key in SECRET_KEYS + PERSONAL_KEYS if key != "state"])
filler = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(key=keys, secret=secret_text, before=filler, after=filler, depth=st.integers(0, 5))
@settings(max_examples=300)
def test_a_planted_secret_never_survives_in_a_structure(key, secret, before, after, depth):
    tree = {"a": before, key: secret, "b": after}
    for _ in range(depth):
        tree = {"w": [before, tree]}
    assert secret not in redact(tree, limit=10**6)
    assert secret not in redact(json.dumps(tree), limit=10**6)
    assert secret not in redact(json.dumps(tree, indent=2).encode(), limit=10**6)


@given(key=keys, secret=secret_text, cut=st.integers(0, 60), after=st.text(max_size=20))
@settings(max_examples=300)
def test_a_planted_secret_never_survives_a_cut_body(key, secret, cut, after):
    text = json.dumps({"a": 1, key: secret, "b": after})
    shown = redact(text[: len(text) - cut], limit=10**6)
    assert secret[:10] not in shown


@given(key=keys, secret=secret_text, other=st.text(max_size=20))
def test_a_planted_secret_never_survives_a_form(key, secret, other):
    shown = redact(urlencode({"a": other, key: secret, "b": other}), limit=10**6)
    assert secret not in shown
    assert quote(secret, safe="")[:12] not in shown


@given(st.text(), st.integers(0, 3000))
def test_any_text_gives_a_bounded_text(text, limit):
    assert len(redact(text, limit)) <= max(limit, 1)


@given(st.emails())
def test_no_address_survives(address):
    assume(address.isascii())
    local, _at, domain = address.partition("@")
    assume(not set(local) & set("/#?&={}"))  # these end a word in paths and forms
    assert f"{local}@{domain}" not in redact(f"who is {address} here")


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(raw):
    assert isinstance(redact(raw), str)
