import hmac as hmac_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_base.core import signature

SECRET = "example-webhook-secret-token"
# Computed from Zoom's documented formula (page "Webhooks", "Verify webhook events").
VECTORS = [
    (
        '{"event":"meeting.started","event_ts":1777881672830,"payload":{"account_id":'
        '"AcctExampleCo000000001","object":{"id":"81234567890","uuid":"dG9vRXhhbXBsZVV1aWQwMQ==",'
        '"host_id":"HostAdaExample00000001","topic":"Example project kick-off","type":2,'
        '"start_time":"2026-05-04T08:01:12Z","timezone":"Europe/Madrid","duration":60}}}',
        "v0=46b9edc88186dee92651e803c3bb69cd19339f5543a4b7a721f74aa74a4a8da6",
    ),
    (
        '{"event":"meeting.started","payload":{"account_id":"AcctExampleCo000000001","object":'
        '{"duration":60,"start_time":"2026-05-04T08:01:12Z","timezone":"Europe/Madrid","topic":'
        '"Réunion d\u2019exemple — équipe","id":"81234567890","type":2,"uuid":'
        '"dG9vRXhhbXBsZVV1aWQwMQ==","host_id":"HostAdaExample00000001","host_email":'
        '"ada.host@example.com"}},"event_ts":1777881672750}',
        "v0=d6d5ab5706bd6bb828f68e4e0b3b34a15be44c2c8bf757e6dfeb775943f9f82e",
    ),
    (
        '{"event": "meeting.started", "payload": {"account_id": "A\\/B"}, "event_ts": '
        "1777881672830}",
        "v0=9244a66bd7ec1a208bf32cc989b46d2575f8c1329626102711ffc5fcf0593459",
    ),
]
# Hootsuite Inbox 2.0: key decoded from hex.
HOOTSUITE_KEY = bytes.fromhex("3368cfc520d4453889bac304c9b377d31ffe48fa91c9ca8a15f34944051d855b")


def message(body: str) -> bytes:
    return b"v0:1777881673:" + body.encode()


@pytest.mark.parametrize(("body", "expected"), VECTORS)
def test_vendor_vectors_sign_and_verify(body, expected):
    assert signature.sign(SECRET, message(body), prefix="v0=") == expected
    assert signature.verify([SECRET], message(body), expected, prefix="v0=") == 0


def test_url_validation_vector():
    assert (
        signature.sign(SECRET, b"qgg8vlvZRS6UYooatFL8Aw")
        == "bf568f54369414309b1acab2a349d833acd283d21b4de9a4036b2e3490180419"
    )


def test_binary_key_vector():
    body = '{"text":"Où est ma commande ? 🙂"}'.encode()
    expected = "de1a96fad0128aebc2459908541cae2f02f0410a1874f1b614d56c60e92ba81c"
    assert signature.verify([HOOTSUITE_KEY], body, expected) == 0
    with pytest.raises(signature.SignatureMismatch):
        signature.verify([HOOTSUITE_KEY.hex()], body, expected)  # the secret taken as text


def test_sha512_and_base64():
    given_hex = signature.sign(HOOTSUITE_KEY, b"{}", algorithm="sha512")
    assert given_hex.startswith("2922e80d447052267d35f5033ba3d31b4d3f727d")
    given_b64 = signature.sign("k", b"m", encoding="base64")
    assert signature.verify(["k"], b"m", given_b64, encoding="base64") == 0


def test_second_live_secret_is_found():
    given = signature.sign("old", b"m")
    assert signature.verify(["new", "old"], b"m", given) == 1


def test_of_equal_secrets_the_first_counts():
    assert signature.verify(["x", "s", "s"], b"m", signature.sign("s", b"m")) == 1


def test_empty_entries_keep_their_index():
    assert signature.verify([None, "", "s"], b"m", signature.sign("s", b"m")) == 2


def test_all_secrets_are_compared_even_after_a_match(monkeypatch):
    compared = []
    real = hmac_module.compare_digest

    def spy(left, right):
        compared.append(left)
        return real(left, right)

    monkeypatch.setattr(hmac_module, "compare_digest", spy)
    signature.verify(["a", "b", "c"], b"m", signature.sign("a", b"m"))
    assert len(compared) == 3


@pytest.mark.parametrize("secrets", [[], [""], [None]])
def test_no_secret_accepts_nothing(secrets):
    with pytest.raises(signature.NoSecret):
        signature.verify(secrets, b"m", signature.sign("s", b"m"))


def test_an_empty_secret_signs_nothing():
    with pytest.raises(signature.NoSecret):
        signature.sign(b"", b"m")


@pytest.mark.parametrize("missing", [None, ""])
def test_missing_signature(missing):
    with pytest.raises(signature.SignatureMissing):
        signature.verify(["s"], b"m", missing)


GOOD = signature.sign("s", b"m", prefix="v0=")


@pytest.mark.parametrize(
    "forged",
    [
        GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"),
        GOOD[:-1],
        GOOD + "0",
        GOOD.upper(),
        GOOD[3:],
        "v1=" + GOOD[3:],
        signature.sign("other", b"m", prefix="v0="),
        signature.sign("s", b"m ", prefix="v0="),
        "v0=é\ud800",
        "v0=",
    ],
)
def test_forged_signature(forged):
    with pytest.raises(signature.SignatureMismatch):
        signature.verify(["s"], b"m", forged, prefix="v0=")


@pytest.mark.parametrize("options", [{"algorithm": "md5"}, {"encoding": "base32"}])
def test_unknown_options_are_programming_errors(options):
    with pytest.raises(ValueError, match="unknown"):
        signature.sign("s", b"m", **options)


@pytest.mark.parametrize("offset", [-300, -0.5, 0, 300])
def test_timestamp_within_the_window(offset):
    now = 1777881673
    assert signature.check_timestamp(str(now + offset), now, 300) == now + offset


@pytest.mark.parametrize("offset", [-3600, -301, 301, 3600])
def test_timestamp_out_of_the_window(offset):
    with pytest.raises(signature.TimestampOutOfWindow):
        signature.check_timestamp(str(1777881673 + offset), 1777881673, 300)


def test_the_window_is_five_minutes_unless_told_otherwise():
    assert signature.check_timestamp("1000", 1300) == 1000
    with pytest.raises(signature.TimestampOutOfWindow, match="301 s off, more than 300 s"):
        signature.check_timestamp("1000", 1301)


def test_milliseconds_are_not_taken_for_seconds():
    with pytest.raises(signature.TimestampOutOfWindow):
        signature.check_timestamp("1777881673000", 1777881673)


@pytest.mark.parametrize(
    "given_text", [None, "", " ", "abc", "nan", "inf", "-1", "1e9", "1_0", "١٧٧٧٨٨١٦٧٣", "1" * 40]
)
def test_unusable_timestamp(given_text):
    with pytest.raises(signature.TimestampMissing):
        signature.check_timestamp(given_text, 1777881673)


@given(
    secret=st.binary(min_size=1, max_size=80),
    body=st.binary(max_size=200),
    encoding=st.sampled_from(["hex", "base64"]),
    algorithm=st.sampled_from(["sha256", "sha512"]),
)
def test_what_is_signed_verifies(secret, body, encoding, algorithm):
    made = signature.sign(secret, body, algorithm, encoding)
    assert signature.verify([secret], body, made, algorithm, encoding) == 0


@given(
    secret=st.text(min_size=1),
    body=st.binary(max_size=200),
    other=st.binary(max_size=200),
)
def test_a_signature_fits_one_body_only(secret, body, other):
    secret = secret.encode("utf-8", "replace").decode()
    if body == other:
        return
    with pytest.raises(signature.SignatureMismatch):
        signature.verify([secret], other, signature.sign(secret, body))


@given(st.text(max_size=120))
def test_any_header_text_is_refused_politely(text):
    with pytest.raises((signature.SignatureMissing, signature.SignatureMismatch)):
        signature.verify(["s"], b"m", text)


@given(st.text(max_size=40))
def test_any_timestamp_text_is_judged_without_a_crash(text):
    try:
        value = signature.check_timestamp(text, 1777881673)
    except (signature.TimestampMissing, signature.TimestampOutOfWindow):
        return
    assert abs(value - 1777881673) <= 300
