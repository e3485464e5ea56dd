"""Zoom's error answers ("Errors" and "Rate limits" pages)."""


class ZoomError(Exception):
    """An answer other than 2xx; ``code`` is Zoom's own number in the body."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        errors: list | None = None,
        headers: dict | None = None,
    ):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        # Zoom sends no X-RateLimit-Type with the refusal that concerns one host's daily allowance.
        self.host_quota = False

    def body(self) -> dict:
        body = {"code": self.code, "message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return body


def invalid_token() -> ZoomError:
    return ZoomError(401, 124, "Invalid access token.")


def expired_token() -> ZoomError:
    return ZoomError(401, 124, "Access token is expired.")


def missing_scopes(scopes: list[str]) -> ZoomError:
    listed = ", ".join(scopes)
    return ZoomError(400, 4711, f"Invalid access token, does not contain scopes:[{listed}].")


def bad_json() -> ZoomError:
    return ZoomError(400, 300, "Request Body should be a valid JSON object.")


def validation(*fields: str) -> ZoomError:
    errors = [{"field": field, "message": "Invalid field."} for field in fields]
    return ZoomError(400, 300, "Validation Failed.", errors)


def page_token() -> ZoomError:
    return ZoomError(400, 300, "The next page token is invalid or expired.")


def user_not_found(user: str) -> ZoomError:
    return ZoomError(404, 1001, f"User does not exist: {user}.")


def user_not_in_account(account: str) -> ZoomError:
    return ZoomError(400, 1010, f"User not found on this account: {account}")


def meeting_not_found(key: object, status: int = 404) -> ZoomError:
    return ZoomError(status, 3001, f"Meeting does not exist: {key}.")


def cannot_access() -> ZoomError:
    return ZoomError(400, 3000, "Cannot access meeting info.")


def not_host() -> ZoomError:
    return ZoomError(400, 3003, "You are not the meeting host.")


def in_progress() -> ZoomError:
    return ZoomError(400, 3002, "Sorry, you cannot delete this meeting since it is in progress.")


def hosting_not_allowed() -> ZoomError:
    return ZoomError(
        400,
        3161,
        "Meeting hosting and scheduling capabilities are not allowed for your user account.",
    )


def no_recording() -> ZoomError:
    return ZoomError(404, 3301, "There is no recording for this meeting.")


def over_a_year() -> ZoomError:
    return ZoomError(400, 12702, "Can not access a meeting a year ago.")


def no_permission() -> ZoomError:
    return ZoomError(400, 200, "No permission.")


def second_limit(headers: dict) -> ZoomError:
    message = "You have reached the maximum per-second rate limit for this API. Try again later."
    return ZoomError(429, 429, message, headers=headers)


def daily_limit(headers: dict) -> ZoomError:
    message = (
        "You have reached the maximum daily rate limit for this API. Refer to the response header for "
        "details on when you can make another request."
    )
    return ZoomError(429, 429, message, headers=headers)


def host_limit(limit: int) -> ZoomError:
    message = (
        f"You have exceeded the daily rate limit ({limit}) of Meeting Create/Update API requests permitted "
        "for this particular user. You may resume these requests at GMT 00:00:00."
    )
    error = ZoomError(429, 429, message)
    error.host_quota = True
    return error


def registrant_limit(limit: int, email: str) -> ZoomError:
    message = (
        f'You have exceeded the daily rate limit of "{limit}" for Add meeting registrant API requests for '
        f'the registrant "{email}". You can resume these API requests at GMT 00:00:00.'
    )
    return ZoomError(429, 429, message)
