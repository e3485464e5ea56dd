"""Starts the sandbox as a process of its own, for tests and for the environment."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class SandboxStartError(RuntimeError):
    """The process ended, or said something else than its JSON line."""


def start(
    port: int = 0, host: str = "127.0.0.1", public_url: str | None = None, python: str | None = None
) -> tuple[subprocess.Popen, dict]:
    """Start the sandbox and wait for its JSON line. Returns the process and the parsed line.

    Port 0 takes a free one. Raises SandboxStartError.
    """
    command = [python or sys.executable, "-m", "tests.sandbox", "--port", str(port), "--host", host]
    if public_url:
        command += ["--public-url", public_url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline() if process.stdout else ""
    try:
        return process, json.loads(line)
    except ValueError as error:
        stop(process)
        raise SandboxStartError(f"the sandbox did not start: {line!r}") from error


def stop(process: subprocess.Popen, timeout: float = 10.0) -> None:
    """End the process, by force when it does not end by itself."""
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextlib.contextmanager
def running(**options) -> Iterator[dict]:
    """A sandbox for the length of a with block; yields the parsed JSON line."""
    process, info = start(**options)
    try:
        yield info
    finally:
        stop(process)
