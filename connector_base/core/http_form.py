"""Form posts for token endpoints, on the HTTP client."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import requests

from .errors import ConnectorError
from .http_call import Call
from .http_client import HttpClient
from .http_session import new_session
from .http_types import CallRecord, Response
from .retry import RetryPolicy


class HttpFormTransport:
    """Transport of :class:`.oauth2.OAuth2Client`: one POST, never repeated, never redirected.

    Takes the keyword arguments of :class:`HttpClient` that concern hosts, session, log and time.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str],
        insecure_hosts: Collection[str] = (),
        on_call: Callable[[CallRecord], None] | None = None,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.time,
        connect_timeout: float = 5,
        read_timeout: float = 20,
        user_agent: str = "odoo-connector/1.0",
    ) -> None:
        self._options: dict[str, Any] = {
            "allowed_hosts": allowed_hosts,
            "insecure_hosts": insecure_hosts,
            "on_call": on_call,
            "session": session or new_session(connect_timeout),
            "clock": clock,
            "read_timeout": read_timeout,
            "user_agent": user_agent,
            "retry": RetryPolicy(max_attempts=1),
        }

    def __call__(self, url: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        """Post ``data`` as a form and return the answer, whatever its status.

        :raises RemoteUnavailable: no complete answer came
        """
        client = _AnyStatusClient(url, **self._options)
        return client.request("POST", url, data=dict(data), headers=headers, auth=False)


class _AnyStatusClient(HttpClient):
    """Leaves the judgment of answers to the caller."""

    def _judge(self, call: Call, response: Response) -> ConnectorError | None:
        return None
