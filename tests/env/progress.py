"""Tells on the screen what happens, and runs child processes so that a long one is never silent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


class EnvError(Exception):
    """Something a person has to put right; the message says what and how."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"[env] {text}", flush=True)


@contextlib.contextmanager
def step(title: str, detail: str = "", beat: float = 15.0) -> Iterator[None]:
    """Announce a step, give a sign of life now and then, and say how long it took.

    :param detail: told once, at the beginning
    :param beat: seconds until the first sign of life; the pauses grow up to a minute
    """
    say(f"{title}{f' ({detail})' if detail else ''} ...")
    begun = time.monotonic()
    over = threading.Event()

    def alive() -> None:
        pause = beat
        while not over.wait(pause):
            say(f"  still busy: {title}, {time.monotonic() - begun:.0f} s")
            pause = min(pause * 1.5, 60.0)

    watcher = threading.Thread(target=alive, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    say(f"  done in {time.monotonic() - begun:.1f} s: {title}")


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    remedy: str = "",
    timeout: float | None = None,
    user: int | None = None,
    group: int | None = None,
) -> str:
    """Run a command to its end and return its output; raise :class:`EnvError` if it fails.

    :param log: file that receives the output as well
    :param remedy: sentence added to the error, in words that help
    :param timeout: seconds until the command is given up
    :param user: numeric user id to run as (root only), with ``group``
    """
    words = [os.fspath(part) for part in command]
    extra: dict[str, object] = {}
    if user is not None:
        extra = {"user": user, "group": group, "extra_groups": []}
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            **extra,  # type: ignore[call-overload]
        )
    except FileNotFoundError as missing:
        raise EnvError(f"{words[0]} is not installed. {remedy}".strip()) from missing
    except subprocess.TimeoutExpired as late:
        raise EnvError(f"{words[0]} gave no answer within {timeout:.0f} s. {remedy}") from late
    output: str = done.stdout
    if log is not None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"$ {' '.join(words)}\n{output}\n")
    if done.returncode:
        tail = "\n".join(output.strip().splitlines()[-15:])
        raise EnvError(
            f"{Path(words[0]).name} failed with exit code {done.returncode}:\n{tail}\n{remedy}".strip()
        )
    return output


def run_into(
    log: Path,
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limit: float,
) -> int:
    """Run a suite with its output in ``log``; returns its exit code.

    :param limit: seconds after which it is interrupted, so that it can clean up, and then killed
    """
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=stream,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            say(f"{log.stem} is not done after {limit / 60:.0f} minutes, ending it")
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(90)
            return -signal.SIGINT
        except KeyboardInterrupt:  # the terminal has told the child too; it may clean up
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            raise
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def stop_process(process: subprocess.Popen[bytes], name: str, patience: float = 20.0) -> None:
    """End a child we started: politely first, by force when it does not go."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        say(f"{name} did not stop within {patience:.0f} s, killing it")
        process.kill()
        process.wait(10)


def fail(text: str) -> None:
    """Print an error for a person."""
    print(f"[env] ERROR: {text}", file=sys.stderr, flush=True)
