"""How a vendor's JSON becomes typed objects without one bad field spoiling the rest.

Every model inherits :class:`Wire`. Fields come in two kinds. *Hard* fields are essential: missing or
wrong means :class:`~connector_base.core.errors.PayloadError`. *Soft* fields fall back to their default
when broken and leave an :class:`~connector_base.core.facts.Issue` that says so; when merely absent,
``null`` or empty they take the default silently.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticUseDefault
from typing_extensions import Self

from ._core import errors, facts
from .times import known_zone, parse_moment

Issue = facts.Issue
PayloadError = errors.PayloadError
T = TypeVar("T")

RESEND = (
    "Nothing is lost: the original is kept. If Zoom changed its format, update the connector and press "
    "Replay; otherwise run Reconcile, which reads the data again from Zoom."
)
CHECK_IN_ZOOM = "Compare with the meeting in Zoom and correct it on whichever side is wrong."
_HARMLESS = re.compile(r"[\d:.+\-/TZ ]{1,40}", re.ASCII)
_ZONE_LIKE = re.compile(r"[\w+\-/]{1,40}", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return _UNSTORABLE.sub("", text)


def clean(text: str) -> str:
    """Storable text without outer blanks."""
    return storable(text).strip()


def hint(value: object) -> str:
    """What a manager may see of a refused value: numbers and times, else only the kind of it."""
    if isinstance(value, bool | int | float):
        return str(value)[:40]
    if isinstance(value, str) and _HARMLESS.fullmatch(value):
        return value
    kinds = ((str, "a text"), (dict, "an object"), (list, "a list"))
    return next((words for kind, words in kinds if isinstance(value, kind)), "a value")


def to_text(value: object) -> str:
    """Text or number to text. Ids come as either: ``81234567890`` and ``"81234567890"`` are one id."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # The bound keeps Python's own limit for printing huge numbers out of reach.
        if abs(value) < 10**40:
            return str(value)
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    raise ValueError("expected a text")


def to_meeting_id(value: object) -> str:
    """A numeric meeting id as digits; blanks and dashes as people write them are dropped."""
    text = re.sub(r"(?<=\d)[\s-](?=\d)", "", to_text(value))
    if not re.fullmatch(r"\d{1,20}", text, re.ASCII) or not text.strip("0"):
        raise ValueError("expected a meeting number")
    return text


def to_identifier(value: object) -> str:
    """A non-empty opaque id."""
    text = to_text(value)
    if not text or len(text) > 255:
        raise ValueError("expected an identifier")
    return text


def to_number(value: object) -> int:
    """A whole number that fits a database integer; digits in a text count (``type`` is sent both ways)."""
    return _whole(value, 2**31)


def to_size(value: object) -> int:
    """A whole number of bytes; may exceed a database integer."""
    number = _whole(value, 2**53)
    if number < 0:
        raise ValueError("expected a size that is not negative")
    return number


def _whole(value: object, bound: int) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= bound:
        raise ValueError("expected a whole number")
    return value


def to_minutes(value: object) -> int:
    """A duration in minutes: whole, not negative, at most a year."""
    minutes = to_number(value)
    if not 0 <= minutes <= 366 * 24 * 60:
        raise ValueError("expected a duration")
    return minutes


def to_flag(value: object) -> bool:
    """True or false, also as 1/0 or text."""
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


def to_zone(value: object) -> str:
    """A known IANA zone name for Zoom's zone id."""
    name = to_text(value)
    zone = known_zone(name)
    if not zone:
        shown = f" “{name}”" if _ZONE_LIKE.fullmatch(name) else ""
        raise ValueError(f"the time zone{shown} is unknown")
    return zone


def to_day(value: object) -> date:
    """A calendar day."""
    return parse_moment(value).date()


def note(info: ValidationInfo, value: object, error: Exception) -> None:
    """Record that a soft field was broken; without a collector the error is raised as it is."""
    if info.context is None:
        raise error
    name = info.field_name or "value"
    reason = str(error) if not isinstance(error, ValidationError) else "not of the expected form"
    info.context["broken"].add(name)
    info.context["issues"].append(
        Issue(
            field=name,
            message=f"Zoom sent {hint(value)} as {name.replace('_', ' ')}: {reason}. The default was used.",
            remedy=CHECK_IN_ZOOM,
        )
    )


def soft(convert: Callable[[Any], Any]) -> WrapValidator:
    """A field that falls back to its default and leaves an Issue when its value is broken."""

    def run(value: Any, handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
        if value is None or value == "":
            raise PydanticUseDefault()
        try:
            return handler(convert(value))
        except ValueError as error:  # ValidationError is one too
            note(info, value, error)
            raise PydanticUseDefault() from error

    return WrapValidator(run)


def _soft_items(value: Any, handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
    """A list whose broken members are dropped one by one, each with an Issue."""
    if value is None or value == "":
        raise PydanticUseDefault()
    if not isinstance(value, list):
        note(info, value, ValueError("expected a list"))
        raise PydanticUseDefault()
    kept = []
    for item in value:
        try:
            kept.extend(handler([item]))
        except ValueError as error:
            note(info, item, error)
    return kept


def _same(value: Any) -> Any:
    return value


Text = Annotated[str, soft(to_text)]
OptText = Annotated[str | None, soft(to_text)]
OptId = Annotated[str | None, soft(to_identifier)]
OptMeetingId = Annotated[str | None, soft(to_meeting_id)]
OptEmail = Annotated[str | None, soft(to_email)]
OptWeb = Annotated[str | None, soft(to_web_address)]
Number = Annotated[int, soft(to_number)]
OptNumber = Annotated[int | None, soft(to_number)]
Size = Annotated[int, soft(to_size)]
Minutes = Annotated[int, soft(to_minutes)]
Flag = Annotated[bool, soft(to_flag)]
OptFlag = Annotated[bool | None, soft(to_flag)]
Zone = Annotated[str, soft(to_zone)]
Moment = Annotated[datetime | None, soft(parse_moment)]
Day = Annotated[date | None, soft(to_day)]
Items = WrapValidator(_soft_items)
Part = soft(_same)
"""For a nested model: broken as a whole means its default."""
HardId = Annotated[str, BeforeValidator(to_identifier)]
HardMeetingId = Annotated[str, BeforeValidator(to_meeting_id)]
HardMoment = Annotated[datetime, BeforeValidator(parse_moment)]


class Wire(BaseModel):
    """Base of everything read from Zoom. Unknown fields are ignored, unknown enum values survive."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    WHAT: ClassVar[str] = "record"
    """What a person would call the thing, for messages."""

    _given: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def given(self) -> frozenset[str]:
        """Names of the fields that the vendor really sent and that could be read."""
        return self._given

    # Not the ORM's method of this name, which the checker has in mind.
    @classmethod
    def read(  # pylint: disable=method-required-super
        cls, data: object, issues: list[Issue] | None = None
    ) -> Self:
        """The typed object for vendor JSON; broken optional fields are reported in ``issues``.

        :raises PayloadError: an essential field is missing or wrong
        """
        if not isinstance(data, dict):
            raise PayloadError(
                f"Zoom sent no readable {cls.WHAT}.",
                remedy=RESEND,
                field=cls.WHAT,
                value_hint=hint(data),
            )
        context: dict[str, Any] = {"issues": [] if issues is None else issues, "broken": set()}
        try:
            return cls.model_validate(data, context=context)
        except ValidationError as error:
            raise payload_error(cls.WHAT, error) from error

    @classmethod
    def read_all(cls, rows: object, issues: list[Issue] | None = None) -> list[Self]:
        """The readable ones of a vendor list; the others are reported in ``issues``."""
        if not isinstance(rows, list):
            return []
        found = []
        for row in rows:
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

    @model_validator(mode="wrap")
    @classmethod
    def _collect(cls, data: Any, handler: Callable[[Any], Self], info: ValidationInfo) -> Self:
        context = info.context
        if context is None or not isinstance(data, dict):
            self = handler(data)
            self._given = frozenset(self.model_fields_set)
            return self
        outer, context["broken"] = context["broken"], set()
        try:
            present = {key: value for key, value in data.items() if value is not None}
            self = handler(cls._prepare(present))
            self._check(context["issues"], context["broken"])
            self._given = frozenset(self.model_fields_set - context["broken"])
        finally:
            context["broken"] = outer
        return self

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Hook: the vendor's object before its fields are read."""
        return data

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        """Hook: rules between fields; a broken field gets its default and an Issue."""


def payload_error(what: str, error: ValidationError) -> errors.PayloadError:
    """Plain words for the first essential field that is missing or wrong."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or what
    missing = first["type"] == "missing" or first.get("input") in (None, "")
    problem = "does not say" if missing else "is unreadable in"
    return PayloadError(
        f"Zoom's {what} {problem} its essential field “{field}”.",
        remedy=RESEND,
        field=field,
        value_hint="" if missing else hint(first.get("input")),
    )


def order(
    start: datetime | None,
    stop: datetime | None,
    issues: list[Issue],
    field: str = "stop",
    what: str = "meeting",
) -> datetime | None:
    """``stop`` when it is not before ``start``; otherwise None and an Issue on ``field``."""
    if start and stop and stop < start:
        issues.append(
            Issue(
                field=field,
                message=f"Zoom says that the {what} ends before it starts. That end is not used.",
                remedy=CHECK_IN_ZOOM,
            )
        )
        return None
    return stop


def first_of(values: Iterable[T | None]) -> T | None:
    """The first value that is neither None nor empty."""
    return next((value for value in values if value), None)
