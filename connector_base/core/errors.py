"""One tree of errors for everything that can go wrong between Odoo and a vendor.

Callers branch on the class only. Each error carries ``message`` (what happened), ``remedy`` (what
a person can do, may be empty) in plain words without secrets, and ``retry_after`` (seconds to wait,
or None when unknown).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

RateScope = Literal["second", "day", "host", "concurrency"]


class ConnectorError(Exception):
    """Base of all errors of the connectors."""

    default_remedy = ""

    def __init__(
        self, message: str, *, remedy: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = self.default_remedy if remedy is None else remedy
        self.retry_after = retry_after


class ConfigurationError(ConnectorError):
    """A person must change a setting; trying again changes nothing."""


class KeyUnavailable(ConfigurationError):
    """The encryption key is missing, or the key that encrypted this value is not in the list."""

    default_remedy = (
        "Put the encryption key back into the [connector_base] section of the Odoo configuration"
        " file (or the CONNECTOR_KEYS variable, or the key file) and restart Odoo."
    )


class PayloadError(ConnectorError):
    """Essential data is missing or wrong: keep the data aside (quarantine) and tell a person.

    :param field: dotted path of the offending field, if one is to blame
    :param value_hint: short description of what was found (a type or a shape, never personal data)
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        value_hint: str = "",
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, retry_after=retry_after)
        self.field = field
        self.value_hint = value_hint


class AuthError(ConnectorError):
    """The vendor does not accept our authorization."""

    #: True when the vendor refused even a token that had just been refreshed (suspicious).
    after_refresh = False


class ReconnectRequired(AuthError):
    """The authorization is gone for good (refresh token dead or lost, access revoked)."""

    default_remedy = "Open the integration and press Connect to authorize again."


class ScopeMissing(AuthError):
    """The authorization is valid but does not cover this call.

    :param scopes: scope names that would each or together allow it, as the vendor spells them
    """

    def __init__(
        self,
        message: str,
        *,
        scopes: Iterable[str] = (),
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.scopes: tuple[str, ...] = tuple(scopes)
        if remedy is None and self.scopes:
            remedy = (
                f"Add one of these scopes to the vendor's app and connect again: "
                f"{', '.join(self.scopes)}."
            )
        super().__init__(message, remedy=remedy, retry_after=retry_after)


class SignatureError(ConnectorError):
    """A webhook delivery could not be proved to come from the vendor."""


class NoSecret(SignatureError):
    """No webhook secret is configured, so nothing can be accepted (fail closed)."""

    default_remedy = "Enter the webhook secret in the integration."


class SignatureMissing(SignatureError):
    """The delivery carries no signature."""


class SignatureMismatch(SignatureError):
    """The signature does not fit the body under any live secret."""

    default_remedy = "Compare the webhook secret in the integration with the one at the vendor."


class TimestampMissing(SignatureError):
    """The delivery carries no usable timestamp."""


class TimestampOutOfWindow(SignatureError):
    """The delivery's timestamp is too far from our clock (replay, or a wrong clock)."""

    default_remedy = "Check that the clock of the Odoo server is right."


class StateError(ConnectorError):
    """The OAuth ``state`` that came back is forged, expired or not ours."""

    default_remedy = "Start the connection again from the integration."


class RemoteError(ConnectorError):
    """The vendor answered with an error, or did not answer.

    :param status: HTTP status, None when no answer came
    :param code: the vendor's own error code, if any
    :param request_id: the vendor's id of the call, for support requests
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, retry_after=retry_after)
        self.status = status
        self.code = code
        self.request_id = request_id


class NotFound(RemoteError):
    """The thing does not exist (any more) at the vendor."""


class Rejected(RemoteError):
    """The vendor refuses the content of the call; repeating it unchanged is useless.

    :param details: (field, message) pairs of a validation answer
    """

    def __init__(
        self,
        message: str,
        *,
        details: Iterable[tuple[str, str]] = (),
        status: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=status,
            code=code,
            request_id=request_id,
            remedy=remedy,
            retry_after=retry_after,
        )
        self.details: list[tuple[str, str]] = list(details)


class RateLimited(RemoteError):
    """The vendor asks us to slow down; the call was not executed.

    :param scope: which limit was hit: ``second`` (short term), ``day``, ``host`` (per user and day)
        or ``concurrency`` (parallel calls on one resource)
    """

    def __init__(
        self,
        message: str,
        *,
        scope: RateScope = "second",
        status: int | None = 429,
        code: str | int | None = None,
        request_id: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=status,
            code=code,
            request_id=request_id,
            remedy=remedy,
            retry_after=retry_after,
        )
        self.scope: RateScope = scope


class RemoteUnavailable(RemoteError):
    """The vendor or the network failed: 5xx, timeout, refused connection, cut answer.

    :param maybe_executed: False only when the call surely did not reach the vendor. When True, a
        change that is not idempotent must be looked up before it is sent again.
    """

    def __init__(
        self,
        message: str,
        *,
        maybe_executed: bool = True,
        status: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=status,
            code=code,
            request_id=request_id,
            remedy=remedy,
            retry_after=retry_after,
        )
        self.maybe_executed = maybe_executed


class BreakerOpen(ConnectorError):
    """The circuit breaker is open: nothing was sent; ``retry_after`` tells when to try again."""


def is_retryable(exc: BaseException) -> bool:
    """Tell whether the same work may succeed later without a person changing anything.

    This speaks of a whole piece of work (a job, an event). Whether one HTTP call may be *repeated*
    also depends on ``RemoteUnavailable.maybe_executed`` and idempotency, see :mod:`.http_client`.
    """
    return isinstance(exc, (RateLimited, RemoteUnavailable, BreakerOpen))
