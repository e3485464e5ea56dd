"""Errors in the shapes of Hootsuite's surfaces (fact sheet, section 6)."""

import itertools
import time

#: Code -> words. Where a sample shows the words, these are the same.
WORDS = {
    1000: "Missing or duplicate access token",
    1003: "Account plan limit exceeded",
    1004: "API plan limit exceeded",
    1032: "Token could not be validated",
    1037: "The required scope was not granted by the user",
    1043: "Too many requests",
    1100: "Invalid JSON schema",
    1201: "Not authorized to make changes to organization",
    1202: "Not authorized to view member",
    2001: "Invalid member email",
    2002: "Invalid member name",
    2303: "Invalid organization ID",
    2304: "Invalid member ID",
    3002: "Team name has to be between 2-200 characters",
    3005: "Invalid team ID",
    3006: "Team name has to be unique in the organization",
    3010: "Email is already in use",
    3020: "Invalid cursor format",
    3301: "Payment member can't be removed from the organization",
    4000: "Schema validation failed",
    4001: "Resource not found",
    4002: "Insufficient permissions to view organization members",
    4003: "Insufficient permissions to view member permissions",
    4004: "Insufficient permissions to view member organizations",
    4005: "Insufficient permissions to view team members",
    4006: "Insufficient permissions to view team",
    4007: "Insufficient permissions to create team",
    4008: "Insufficient permissions to view team social profile",
    4009: "Insufficient organization permissions",
    4010: "Insufficient permissions to view organization teams",
    4303: "Member does not exist in organization",
    5000: "An unknown error occurred",
    5001: "HTTP method not permitted",
    5002: "Unsupported operation",
    9000: "An internal error occurred",
    40001: "Social profile isn't owned by organization (required for posting messages with tags)",
    40003: "You have attempted to delete a message that cannot be deleted in its current state",
    40004: "Only attachments from ow.ly are currently allowed",
    40005: "Insufficient permission to create new message tags",
    40019: "Message state filter not supported",
    40020: "Specified date range is too large",
    40021: "Uploaded media is not yet ready to be used (further processing required)",
    40022: "Invalid boolean for includeUnscheduledReviewMsgs flag",
    40023: "Twitter only allows 1 network per message",
    40024: "Posting to Facebook Groups is no longer supported",
    40025: "Scheduled message limit reached",
}
#: Recorded pairs of status and code; permission errors come as 401.
STATUS = {
    1000: 401, 1003: 429, 1004: 429, 1032: 401, 1037: 403, 1043: 429, 1201: 401, 1202: 403,
    4001: 404, 4002: 403, 4003: 401, 4004: 401, 4005: 401, 4006: 401, 4007: 401, 4008: 401,
    4009: 401, 4010: 401, 5000: 500, 5001: 405, 9000: 500,
}  # fmt: skip
_numbers = itertools.count(0x10B917)


def error_id() -> str:
    """An id in the recorded form: milliseconds in hexadecimal and a counter."""
    return f"{int(time.time() * 1000):016x}-{next(_numbers):x}"


def entry(code: int, message: str | None = None, resource: dict | None = None) -> dict:
    """One element of ``errors``."""
    row = {"code": code, "message": message or WORDS[code], "id": error_id(), "resource": resource}
    if STATUS.get(code) == 429:
        del row["resource"]
    return row


class Refusal(Exception):
    """An answer that is not a success: status and complete body."""

    def __init__(self, status: int, body: object, headers: dict | None = None):
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


class RestError(Refusal):
    """A refusal in the ``errors`` form of /v1."""

    def __init__(
        self,
        code: int,
        message: str | None = None,
        *,
        resource: dict | None = None,
        status: int | None = None,
    ):
        self.row = entry(code, message, resource)
        super().__init__(status or STATUS.get(code, 400), {"errors": [self.row]})


def oauth_body(error: str, description: str, hint: str | None, status: int) -> dict:
    """The error form of the OAuth endpoints."""
    body = {"error": error, "error_description": description}
    if hint:
        body["error_hint"] = hint
    return {**body, "status_code": status}


def not_found(what: str) -> RestError:
    return RestError(4001, f"Unable to find the {what} by id")


def schema(field: str, message: str | None = None) -> RestError:
    """4000 for one field of the request."""
    return RestError(4000, message, resource={"type": field, "id": ""})


class Problem(Refusal):
    """A refusal in the problem-details form of Analytics."""

    def __init__(self, status: int, title: str, detail: str):
        super().__init__(status, {"title": title, "status": status, "detail": detail})


class InboxError(Refusal):
    """A refusal in the form of Inbox 2.0: plain sentences."""

    def __init__(self, status: int, *sentences: str):
        super().__init__(status, {"errors": list(sentences)} if sentences else None)


def fault_body(status: int) -> dict:
    """The body of an injected fault that names none."""
    by_status = {429: 1003, 401: 1032, 403: 4002, 404: 4001, 400: 4000}
    return {"errors": [entry(by_status.get(status, 5000))]}
