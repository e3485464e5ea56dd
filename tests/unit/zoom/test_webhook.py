"""The vendor's signature vectors and the URL-validation challenge."""

import json

import pytest

from connector_base.core import signature
from connector_base.core.errors import PayloadError, SignatureMismatch
from tests.unit.zoom import samples
from zoom_connector.adapters import webhook

VECTORS = json.loads(
    (samples.ROOT / "events" / "signature_vectors.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["signature"], ids=lambda vector: vector["name"])
def test_signature_vectors(vector):
    message = webhook.signed_message(
        vector[webhook.TIMESTAMP_HEADER], vector["raw_body_utf8"].encode("utf-8")
    )
    secret, given = vector["secret_token"], vector[webhook.SIGNATURE_HEADER]
    assert signature.sign(secret, message, prefix=webhook.SIGNATURE_PREFIX) == given
    assert signature.verify([secret], message, given, prefix=webhook.SIGNATURE_PREFIX) == 0


def test_signature_covers_the_raw_bytes_only():
    vector = VECTORS["signature"][2]
    reserialised = json.dumps(json.loads(vector["raw_body_utf8"])).encode()
    message = webhook.signed_message(vector[webhook.TIMESTAMP_HEADER], reserialised)
    with pytest.raises(SignatureMismatch):
        signature.verify(
            [vector["secret_token"]],
            message,
            vector[webhook.SIGNATURE_HEADER],
            prefix=webhook.SIGNATURE_PREFIX,
        )


def test_signature_covers_the_timestamp():
    assert webhook.signed_message("1", b"x") != webhook.signed_message("2", b"x")


@pytest.mark.parametrize("vector", VECTORS["url_validation"])
def test_url_validation_vectors(vector):
    answer = webhook.url_validation(vector["secret_token"], vector["plainToken"])
    assert answer == vector["response"]


@pytest.mark.parametrize("token", [None, "", 7, {"a": 1}, "x" * 2000])
def test_challenge_without_usable_token(token):
    with pytest.raises(PayloadError):
        webhook.url_validation("secret", token)


def test_challenge_is_recognised():
    body = samples.event("endpoint.url_validation")
    assert webhook.challenge_token(body) == "qgg8vlvZRS6UYooatFL8Aw"
    assert webhook.challenge_token(samples.event("meeting.started")) is None
    assert webhook.challenge_token({"event": "endpoint.url_validation", "payload": []}) is None
