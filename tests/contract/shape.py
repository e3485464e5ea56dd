"""Compares an answer with a sample: same keys, same types, nothing invented."""

import json
from pathlib import Path

ALL_SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAMPLES = ALL_SAMPLES / "zoom"


def sample(kind: str, name: str, vendor: str = "zoom") -> dict:
    """A sample body; kind is "responses" or "events"."""
    return json.loads((ALL_SAMPLES / vendor / kind / name).read_text())


def kind_of(value: object) -> str:
    """The JSON type; whole and broken numbers are told apart, as Zoom does."""
    if isinstance(value, bool):
        return "boolean"
    return {dict: "object", list: "array", str: "string", int: "integer", float: "number"}.get(
        type(value), "null"
    )


def differences(
    actual: object,
    expected: object,
    extra: frozenset = frozenset(),
    path: str = "$",
    nulls: bool = False,
):
    """What is wrong with ``actual``, as a list of plain sentences.

    Every key of the sample must be there with the same type; keys that the sample lacks must be listed in
    ``extra`` as paths without indexes. An element of a list may look like any of the sample's elements.
    ``nulls``: the vendor writes unset fields as null, so null stands for any type.
    """
    if nulls and (actual is None or expected is None):
        return []
    if kind_of(actual) != kind_of(expected):
        return [f"{path}: {kind_of(actual)} instead of {kind_of(expected)}"]
    found = []
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in actual:
                found.append(f"{path}.{key}: missing")
            else:
                found += differences(actual[key], value, extra, f"{path}.{key}", nulls)
        for key in actual:
            if key not in expected and f"{path}.{key}" not in extra:
                found.append(f"{path}.{key}: not in the sample")
    if isinstance(expected, list) and isinstance(actual, list) and expected:
        if not actual:
            return [f"{path}: empty"]
        for element in actual:
            tries = [differences(element, model, extra, f"{path}[]", nulls) for model in expected]
            found += min(tries, key=len)
    return found
