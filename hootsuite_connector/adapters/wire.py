"""How Hootsuite's JSON becomes typed objects without one bad field spoiling the rest.

Every model inherits :class:`Wire`. *Hard* fields are essential: missing or wrong means
:class:`PayloadError`. *Soft* fields fall back to their default when broken and leave an
:class:`Issue` that says so; absent, ``null`` or empty they take the default silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    WrapValidator,
)
from pydantic_core import PydanticUseDefault
from typing_extensions import Self

from ._core import errors, facts
from .times import parse_moment

Issue = facts.Issue
PayloadError = errors.PayloadError

RESEND = (
    "Nothing is lost: the original is kept. If Hootsuite changed its format, update the connector and"
    " press Replay."
)
CHECK = "Compare with Hootsuite and correct it on whichever side is wrong."
MAX_TEXT = 100_000
_HARMLESS = re.compile(r"[\d:.+\-/TZ ]{1,40}", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return _UNSTORABLE.sub("", text)


def hint(value: object) -> str:
    """What a manager may see of a refused value: numbers and times, else only the kind of it."""
    if isinstance(value, (bool, int, float)):
        return str(value)[:40]
    if isinstance(value, str) and _HARMLESS.fullmatch(value):
        return value
    kinds = ((str, "a text"), (dict, "an object"), (list, "a list"))
    return next((words for kind, words in kinds if isinstance(value, kind)), "a value")


def to_text(value: object) -> str:
    """Text or number to text. Ids come as either (strings in bodies, REST specification)."""
    if isinstance(value, str):
        return storable(value).strip()[:MAX_TEXT]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    raise ValueError("expected a text")


def to_identifier(value: object) -> str:
    """A non-empty opaque id."""
    text = to_text(value)
    if not text or len(text) > 255:
        raise ValueError("expected an identifier")
    return text


def to_number(value: object) -> int:
    """A whole number that fits a database integer."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise ValueError("expected a whole number")
    return value


def to_flag(value: object) -> bool:
    """True or false, also as 1/0 (``isReauthRequired``, REST specification)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false", "1", "0"):
        return value.strip().lower() in ("true", "1")
    raise ValueError("expected yes or no")


def to_email(value: object) -> str:
    """An e-mail address in lower case."""
    text = to_text(value).lower()
    if len(text) > 254 or not re.fullmatch(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+", text):
        raise ValueError("expected an e-mail address")
    return text


def to_web_address(value: object) -> str:
    """An http(s) address. Anything else (``javascript:``) must never become a link in Odoo."""
    text = to_text(value)
    if not re.match(r"https?://[^\s/]", text, re.IGNORECASE):
        raise ValueError("expected a web address")
    return text


def to_figure(value: object) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("expected a number")
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("expected a number")
    return number


def to_texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, (list, tuple)):
        raise ValueError("expected a list of texts")
    return tuple(to_text(item) for item in value if item is not None)


def reference(value: object) -> str:
    """The id of ``{"id": ...}``, which stands for other things in answers; a bare id as well."""
    if isinstance(value, dict):
        value = value.get("id")
    return to_identifier(value)


def soft(convert: Callable[[Any], Any]) -> WrapValidator:
    """A field that falls back to its default and leaves an Issue when its value is broken."""

    def run(value: Any, handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
        if value is None or value == "":
            raise PydanticUseDefault()
        try:
            return handler(convert(value))
        except ValueError as error:  # ValidationError is one too
            if info.context is None:
                raise
            name = info.field_name or "value"
            reason = "not of the expected form" if isinstance(error, ValidationError) else error
            info.context["issues"].append(
                Issue(
                    field=name,
                    message=f"Hootsuite sent {hint(value)} as {name.replace('_', ' ')}: {reason}."
                    " It was left out.",
                    remedy=CHECK,
                )
            )
            raise PydanticUseDefault() from error

    return WrapValidator(run)


Text = Annotated[str, soft(to_text)]
OptText = Annotated[str | None, soft(to_text)]
OptId = Annotated[str | None, soft(to_identifier)]
OptRef = Annotated[str | None, soft(reference)]
OptEmail = Annotated[str | None, soft(to_email)]
OptWeb = Annotated[str | None, soft(to_web_address)]
OptNumber = Annotated[int | None, soft(to_number)]
OptFigure = Annotated[float | None, soft(to_figure)]
Flag = Annotated[bool, soft(to_flag)]
Texts = Annotated[tuple[str, ...], soft(to_texts)]
Moment = Annotated[datetime | None, soft(parse_moment)]
HardId = Annotated[str, BeforeValidator(to_identifier)]
HardRef = Annotated[str, BeforeValidator(reference)]


class Wire(BaseModel):
    """Base of everything read from Hootsuite. Unknown fields are ignored, unknown words survive."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    WHAT: ClassVar[str] = "record"
    """What a person would call the thing, for messages."""

    @classmethod
    def read(  # pylint: disable=method-required-super
        cls, data: object, issues: list[Issue] | None = None
    ) -> Self:
        """The typed object for vendor JSON; broken optional fields are reported in ``issues``.

        :raises PayloadError: an essential field is missing or wrong
        """
        if not isinstance(data, dict):
            raise PayloadError(
                f"Hootsuite sent no readable {cls.WHAT}.",
                remedy=RESEND,
                field=cls.WHAT,
                value_hint=hint(data),
            )
        context = {"issues": [] if issues is None else issues}
        present = {key: value for key, value in cls.prepare(data).items() if value is not None}
        try:
            return cls.model_validate(present, context=context)
        except ValidationError as error:
            raise payload_error(cls.WHAT, error) from error

    @classmethod
    def read_all(cls, rows: object, issues: list[Issue] | None = None) -> list[Self]:
        """The readable ones of a vendor list; the others are reported in ``issues``."""
        found = []
        for row in rows if isinstance(rows, list) else []:
            try:
                found.append(cls.read(row, issues))
            except PayloadError as error:
                if issues is not None:
                    issues.append(
                        Issue(
                            field=error.field or cls.WHAT,
                            message=error.message,
                            remedy=error.remedy,
                        )
                    )
        return found

    @classmethod
    def prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Hook: the vendor's object before its fields are read."""
        return data


def payload_error(what: str, error: ValidationError) -> errors.PayloadError:
    """Plain words for the first essential field that is missing or wrong."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or what
    missing = first["type"] == "missing" or first.get("input") in (None, "")
    problem = "does not say" if missing else "is unreadable in"
    return PayloadError(
        f"Hootsuite's {what} {problem} its essential field “{field}”.",
        remedy=RESEND,
        field=field,
        value_hint="" if missing else hint(first.get("input")),
    )
