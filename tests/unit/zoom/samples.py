"""The vendor samples of ``tests/samples/zoom`` for the tests of this folder."""

import copy
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "samples" / "zoom"


def _load(folder: str) -> dict[str, dict[str, Any]]:
    return {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / folder).glob("*.json"))
    }


_EVENTS = _load("events")
_RESPONSES = _load("responses")
EVENT_NAMES = sorted(
    name for name, body in _EVENTS.items() if "event" in body and "payload" in body
)
FACT_NAMES = [name for name in EVENT_NAMES if name != "endpoint.url_validation"]


def event(name: str) -> dict[str, Any]:
    """A fresh copy of a sample webhook body."""
    return copy.deepcopy(_EVENTS[name])


def response(name: str) -> dict[str, Any]:
    """A fresh copy of a sample API answer."""
    return copy.deepcopy(_RESPONSES[name])


def error_names() -> list[str]:
    """Names of all sample errors of the API."""
    return sorted(name for name in _RESPONSES if name.startswith("error."))


def error_status(name: str) -> int:
    """The HTTP status of a sample error, from the samples' index."""
    return next(
        row["status"] for row in _RESPONSES["index"]["files"] if row["file"] == f"{name}.json"
    )


def find(value: Any, wanted: str) -> bool:
    """Whether a text stands anywhere in a JSON value."""
    return wanted in json.dumps(value, ensure_ascii=False)
