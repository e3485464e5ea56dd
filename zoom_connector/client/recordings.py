"""Downloads of cloud recordings (vendor page "Get meeting recordings", section on download_url)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from ..adapters.recording import RecordingSet
from ._core import errors, facts, http_client
from .paths import path_id

#: Seconds that a download token is asked for; it is used at once and forgotten.
TOKEN_SECONDS = 3600
CHUNK = 1 << 20


@dataclass(frozen=True)
class DownloadAccess:
    """Fresh addresses of a recording's files with a token that opens them.

    The token lives in this object only: it is never stored, logged or shown.
    """

    recording: RecordingSet
    token: str | None = field(default=None, repr=False)


class RecordingCalls:
    """The part of :class:`.zoom_client.ZoomClient` about recording files."""

    _http: http_client.HttpClient

    def recording_access(self, meeting_id: str) -> DownloadAccess:
        """Fresh download addresses and a token for them ("Get meeting recordings").

        :param meeting_id: instance UUID, or meeting number for the latest
        :raises NotFound: no recording, or Zoom is still preparing it
        """
        answer = self._http.request(
            "GET",
            f"/meetings/{path_id(meeting_id)}/recordings",
            params={"include_fields": "download_access_token", "ttl": TOKEN_SECONDS},
            route="/meetings/{meetingId}/recordings",
        )
        body = answer.json()
        if not isinstance(body, dict):
            raise errors.RemoteUnavailable(
                "Zoom's answer is not an object.", request_id=answer.request_id
            )
        issues: list[facts.Issue] = []
        recording = RecordingSet.read(body, issues)
        token = body.get("download_access_token")
        return DownloadAccess(recording, token if isinstance(token, str) and token else None)

    def open_recording(
        self, url: str, start: int = 0, token: str | None = None
    ) -> AbstractContextManager[http_client.Stream]:
        """Open a recording file from a byte on; the pieces are read from what this gives.

        Without ``token`` the account's access token is sent. Either goes to the first host only, not to
        the storage that Zoom redirects to.

        :raises NotFound: the file is gone, or the address has changed
        :raises Rejected: status 416 when the file has no byte ``start``
        :raises RemoteUnavailable: while the pieces are read: the connection was cut
        """
        return self._http.stream(
            "GET",
            url,
            headers={"Range": f"bytes={start}-"} if start else None,
            route="/rec/download/{file}",
            bearer=token,
            chunk_size=CHUNK,
        )
