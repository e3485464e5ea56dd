"""Video made smaller with ffmpeg, in a process of its own that outlives the job that began it."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from dataclasses import dataclass

import psutil

#: Seconds by which the length of a re-encoded file may differ, besides a hundredth of it.
TOLERANCE = 2.0
# A recording is one file; nothing in it may make ffmpeg open another one.
_INPUT = ("-protocol_whitelist", "file")
# Enough for faces, slides and small print; voices need little.
_ENCODING = (
    "-map", "0:v:0?", "-map", "0:a?", "-c:v", "libx264", "-preset", "veryfast", "-crf", "30",
    "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-movflags", "+faststart",
    "-max_muxing_queue_size", "1024", "-threads", "1",
)  # fmt: skip


def find_ffmpeg() -> str | None:
    """Return the program: the system's, or that of the Python package imageio-ffmpeg."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return None
    try:
        return get_ffmpeg_exe()
    except RuntimeError:
        return None


@dataclass
class Work:
    """One ffmpeg run: ``out`` is written, ``progress`` and ``log`` tell how it goes."""

    out: str

    @property
    def progress(self) -> str:
        return f"{self.out}.progress"

    @property
    def log(self) -> str:
        return f"{self.out}.log"

    def finished(self) -> bool:
        """ffmpeg says that it wrote everything."""
        return _last_line(self.progress) == "progress=end"

    def clean_log(self) -> bool:
        """ffmpeg had nothing to complain about."""
        return not os.path.exists(self.log) or os.path.getsize(self.log) == 0

    def seconds(self) -> float:
        """Length of what was read so far."""
        return _told_seconds(self.progress)

    def clean(self) -> None:
        """Delete what the run left behind."""
        for path in (self.out, self.progress, self.log):
            if os.path.exists(path):
                os.unlink(path)


def encode(ffmpeg: str, source: str, work: Work) -> int:
    """Begin to encode ``source`` anew into ``work.out``. Return the process id."""
    return _start(
        ffmpeg, [*_INPUT, "-xerror", "-i", source, *_ENCODING, "-f", "mp4", work.out], work
    )


def verify(ffmpeg: str, path: str, work: Work) -> int:
    """Begin to decode a whole file; its length stands in ``work`` afterwards. Return the process id."""
    return _start(ffmpeg, [*_INPUT, "-xerror", "-i", path, "-f", "null", "-"], work)


def _start(ffmpeg: str, arguments: list[str], work: Work) -> int:
    work.clean()
    command = [ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-nostats"]
    command += ["-progress", work.progress, *arguments]
    nice = shutil.which("nice")
    if nice:
        command = [nice, "-n", "15", *command]
    with open(work.log, "wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a fixed program, paths of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
        )
    # Odoo's workers may use little processor time each; the child must not inherit that.
    hard = resource.prlimit(process.pid, resource.RLIMIT_CPU)[1]
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (hard, hard))
    return process.pid


def running(pid: int, work: Work) -> bool:
    """Tell whether the process of this work is still at it."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            # It ended; whoever began it says so to the system.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            return False
        # Process ids are used again: it is ours only when it writes our file.
        return work.progress in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def same_length(one: float, other: float) -> bool:
    """Tell whether two files last equally long, as far as containers are exact about it."""
    return abs(one - other) <= TOLERANCE + max(one, other) / 100


def _last_line(path: str) -> str:
    lines = _lines(path)
    return lines[-1] if lines else ""


def _told_seconds(path: str) -> float:
    for line in reversed(_lines(path)):
        name, _equals, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            return max(0.0, int(value) / 1_000_000)
    return 0.0


def _lines(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")[:-1]
