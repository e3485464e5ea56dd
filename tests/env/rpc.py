"""Calls into a running Odoo over JSON-RPC, as any outside program would."""

from __future__ import annotations

import itertools
import json
import urllib.request
from typing import Any


class RpcError(Exception):
    """Odoo answered with an error; the text is Odoo's message."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        #: dotted name of the exception class on the server
        self.name = name


class Rpc:
    """One user of one database.

    :param url: address of Odoo without a path
    """

    _ids = itertools.count(1)

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.database = database
        self.login = login
        self.password = password
        self._uid: int | None = None

    def call(self, model: str, method: str, *args: Any, timeout: float = 120, **kwargs: Any) -> Any:
        """``execute_kw`` of a public method; the first argument is the ids where it needs them.

        :raises RpcError: what the server raised
        :raises OSError: when the server does not answer
        """
        if self._uid is None:
            uid = self._post("common", "login", [self.database, self.login, self.password], timeout)
            if not uid:
                raise RpcError(f"login {self.login} refused", "AccessDenied")
            self._uid = uid
        return self._post(
            "object",
            "execute_kw",
            [self.database, self._uid, self.password, model, method, list(args), kwargs],
            timeout,
        )

    def search_read(self, model: str, domain: list, fields: list[str], **more: Any) -> list[dict]:
        """Records as dictionaries."""
        return self.call(model, "search_read", domain, fields, **more)

    def count(self, model: str, domain: list | None = None) -> int:
        """How many records match."""
        return self.call(model, "search_count", domain or [])

    def _post(self, service: str, method: str, args: list, timeout: float) -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(self._ids),
            "params": {"service": service, "method": method, "args": args},
        }
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            answer = json.load(reply)
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise RpcError(
                str(data.get("message") or answer["error"].get("message")),
                str(data.get("name") or ""),
            )
        return answer.get("result")
