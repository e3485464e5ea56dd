"""Inbox 2.0 (organization apps only). No call lists conversations or messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, Literal

from ..adapters.steering import ContactAttributes, Steer
from ..adapters.times import write_moment
from .base import BaseClient, path_id

Metric = Literal[
    "inbound-message-volume",
    "outbound-message-volume",
    "first-response-time",
    "conversation-response-time",
    "resolved-with-one-reply",
    "handle-time",
]
ATTACHMENT_BYTES = 10_000_000
"""Files sent into a conversation are smaller than this."""


class InboxCalls(BaseClient):
    """Conversations with people outside."""

    def steer(self, conversation_id: str, steps: Steer) -> None:
        """POST /inbox/v1/virtual-agent/conversations/{conversationId}: reply, tag, hand over.

        :raises NotFound: the virtual agent does not hold the conversation any more
        """
        self._http.request(
            "POST",
            f"/inbox/v1/virtual-agent/conversations/{path_id(conversation_id)}",
            json=steps.to_wire(),
            route="/inbox/v1/virtual-agent/conversations/{conversationId}",
        )

    def attach(
        self, conversation_id: str, filename: str, file: BinaryIO, size: int, mimetype: str
    ) -> None:
        """PUT .../conversations/{conversationId}/attachments/{filename}: send a file.

        Prose and the vendor's own example say PUT, the specification POST.

        :raises ValueError: the file is too large
        """
        if size >= ATTACHMENT_BYTES:
            raise ValueError("Hootsuite takes files of less than 10 MB")
        conversation, name = path_id(conversation_id), path_id(filename)
        self._http.request(
            "PUT",
            f"/inbox/v1/virtual-agent/conversations/{conversation}/attachments/{name}",
            data=file,
            headers={"Content-Type": mimetype, "Content-Length": str(size)},
            route="/inbox/v1/virtual-agent/conversations/{conversationId}/attachments/{filename}",
        )

    def set_contact_attributes(self, contact_key: str, attributes: ContactAttributes) -> None:
        """PUT /inbox/v2/contact/{contactProfileId}/contact-attributes."""
        self._http.request(
            "PUT",
            f"/inbox/v2/contact/{path_id(contact_key)}/contact-attributes",
            json=attributes.to_wire(),
            route="/inbox/v2/contact/{contactProfileId}/contact-attributes",
        )

    def locks(self) -> dict[str, str]:
        """GET /inbox/v1/queue/lock: conversation id -> id of the agent who works on it."""
        path = "/inbox/v1/queue/lock"
        body = self._call("GET", path, path)
        rows = body.get("locks") if isinstance(body, dict) else None
        return {
            str(row["conversationId"]): str(row["userId"])
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict) and "conversationId" in row and "userId" in row
        }

    def online_agents(self) -> dict[str, str]:
        """GET /inbox/v1/user-presence/online-agents: agent id -> presence, such as AVAILABLE."""
        path = "/inbox/v1/user-presence/online-agents"
        body = self._call("GET", path, path)
        rows = body.get("agents") if isinstance(body, dict) else None
        return {
            str(row["id"]): str(row.get("userPresence") or "")
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict) and "id" in row
        }

    def metric(
        self, name: Metric, start: datetime, end: datetime, mediums: tuple[str, ...] = ()
    ) -> float | None:
        """POST /inbox/v1/reporting/metrics/{name}: one number (times in seconds)."""
        body: dict[str, Any] = {"from": write_moment(start), "to": write_moment(end)}
        if mediums:
            body["mediumIds"] = list(mediums)
        return self._number(f"/inbox/v1/reporting/metrics/{name}", body)

    def agent_availability(self) -> float | None:
        """POST /inbox/v1/user-presence/metrics/agent-availability: how many are there."""
        return self._number("/inbox/v1/user-presence/metrics/agent-availability", {})

    def contacts_waiting(self) -> float | None:
        """POST /inbox/v1/queue/metrics/contacts-waiting."""
        return self._number("/inbox/v1/queue/metrics/contacts-waiting", {})

    def longest_wait(self) -> float | None:
        """POST /inbox/v1/queue/metrics/longest-wait-time."""
        return self._number("/inbox/v1/queue/metrics/longest-wait-time", {})

    def send_proactive(
        self, channel: str, contact: str, text: str, metadata: Mapping[str, str] | None = None
    ) -> str:
        """POST /inbox/v1/proactive-messaging: a WhatsApp message to somebody who did not write;
        60 a minute and organization.

        :return: correlation id, for :meth:`proactive_status`
        """
        path = "/inbox/v1/proactive-messaging"
        body = {"medium": "WHATSAPP", "channel": channel, "contact": contact, "text": text}
        if metadata:
            body["metadata"] = dict(metadata)  # type: ignore[assignment]
        answer = self._call("POST", path, path, json=body)
        return str(answer.get("correlationId") or "") if isinstance(answer, dict) else ""

    def proactive_status(self, correlation_id: str) -> dict[str, int]:
        """GET /inbox/v1/proactive-messaging/{correlationId}: status -> how many."""
        answer = self._call(
            "GET",
            f"/inbox/v1/proactive-messaging/{path_id(correlation_id)}",
            "/inbox/v1/proactive-messaging/{correlationId}",
        )
        statuses = answer.get("statuses") if isinstance(answer, dict) else None
        return {
            str(name): count
            for name, count in (statuses if isinstance(statuses, dict) else {}).items()
            if isinstance(count, int)
        }

    def proactive_failures(self, correlation_id: str) -> list[tuple[str, str]]:
        """GET /inbox/v1/proactive-messaging/{correlationId}/FAILED: (contact, reason)."""
        rows = self._call(
            "GET",
            f"/inbox/v1/proactive-messaging/{path_id(correlation_id)}/FAILED",
            "/inbox/v1/proactive-messaging/{correlationId}/{status}",
        )
        return [
            (str(row.get("contact") or ""), str(row.get("reason") or ""))
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
        ]

    def _number(self, path: str, body: dict[str, Any]) -> float | None:
        answer = self._call("POST", path, path, json=body, idempotent=True)
        value = answer.get("value") if isinstance(answer, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value)
