"""Answers against Hootsuite's own specifications, where they lie (CONNECTOR_VENDOR_SPECS names the folder).

Not collected without it: the files belong to the vendor and are not part of the repository.
"""

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.contract.hootsuite_answers import PRODUCERS, World
from tests.contract.shape import ALL_SAMPLES, kind_of
from tests.sandbox.hootsuite.api import ENDPOINTS
from tests.sandbox.hootsuite.routes import MODULES

ROWS = json.loads((ALL_SAMPLES / "hootsuite/responses/index.json").read_text())["files"]
#: Where real answers differ from the documents, with the reason in the fact sheet.
KNOWN = {
    ("message.200.json", "$.data"),
    ("inbox_proactive_status.200.json", "$.total"),
}
#: The prose of the Inbox pages names PUT, the document only POST.
PROSE = {("/inbox/v1/virtual-agent/conversations/{}/attachments/{}", "PUT")}


@pytest.fixture(scope="module")
def documents():
    folder = Path(os.environ["CONNECTOR_VENDOR_SPECS"])
    files = sorted(folder.glob("**/hootsuite-*-api-*.yaml"))
    assert len(files) == 3
    return [yaml.safe_load(file.read_text()) for file in files]


def bare(path):
    """A path with its parameters unnamed."""
    parts = path.partition("?")[0].strip("/").split("/")
    return "/" + "/".join("{}" if part.startswith("{") else part for part in parts)


def operation(documents, method, path):
    """The document and the operation for a real path, None when there is none."""
    parts = path.partition("?")[0].strip("/").split("/")
    for document in documents:
        for known, item in document["paths"].items():
            pieces = known.strip("/").split("/")
            fits = len(pieces) == len(parts) and all(
                piece.startswith("{") or piece == part
                for piece, part in zip(pieces, parts, strict=True)
            )
            if fits and method.lower() in item:
                return document, item[method.lower()]
    return None


def schema_of(answer):
    """The schema of a 200, in Swagger's or in OpenAPI's place."""
    if "schema" in answer:
        return answer["schema"]
    return answer.get("content", {}).get("application/json", {}).get("schema")


def wrong_types(document, value, schema, path="$"):
    """Where the value has another type than the schema; unset fields are null, unknown keys not judged."""
    while "$ref" in schema:
        found = document
        for name in schema["$ref"].lstrip("#/").split("/"):
            found = found[name]
        schema = found
    if value is None or "oneOf" in schema or "anyOf" in schema:
        return []
    if "allOf" in schema:
        parts = [wrong_types(document, value, part, path) for part in schema["allOf"]]
        return [line for part in parts for line in part]
    kind, given = schema.get("type"), kind_of(value)
    if kind and given != kind and not (kind == "number" and given == "integer"):
        return [(path, f"{given} instead of {kind}")]
    lines = []
    if given == "object":
        for key, part in schema.get("properties", {}).items():
            if key in value:
                lines += wrong_types(document, value[key], part, f"{path}.{key}")
    if given == "array" and "items" in schema:
        for element in value:
            lines += wrong_types(document, element, schema["items"], f"{path}[]")
    return lines


def judged(documents, row):
    found = operation(documents, row["method"], row["path"])
    return found and schema_of(found[1]["responses"].get("200", {}))


def test_every_endpoint_exists_at_the_vendor(documents):
    assert MODULES
    known = {
        (bare(path), method.upper())
        for document in documents
        for path, item in document["paths"].items()
        for method in item
    }
    ours = {(bare("/".join(spot.segments)), spot.method) for spot in ENDPOINTS}
    assert ours - known == PROSE


def test_types_are_those_of_the_specifications(documents, sandbox, hoot):
    """All samples at once, because which of them a document describes is known only here."""
    wrong, seen = [], 0
    for row in ROWS:
        if row["kind"] != "response" or row["status"] != 200 or not judged(documents, row):
            continue
        sandbox.reset()
        hoot.token = None
        body = PRODUCERS[row["file"]](World(sandbox, hoot)).json()
        document, found = operation(documents, row["method"], row["path"])
        schema = schema_of(found["responses"]["200"])
        lines = wrong_types(document, body, schema)
        wrong += [(row["file"], *line) for line in lines if (row["file"], line[0]) not in KNOWN]
        seen += 1
    assert wrong == []
    assert seen > 45
