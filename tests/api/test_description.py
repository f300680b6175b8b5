"""The description says what is there, as it is: every operation, body, answer and refusal, each with an example that fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from chatproject.description import written
from sessions_app.actions.errors import Refused
from sessions_app.api import problems
from sessions_app.api.describing import TAGS
from sessions_app.api.operations import JSON, STREAM
from sessions_app.models import User

from .test_access_matrix import OPERATIONS

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


@cache
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written("json"))
    return found


def each_operation() -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in described()["paths"].values():
        for operation in methods.values():
            yield operation["operationId"], operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body and answer with a content, under a name that says where it is."""
    for name, operation in each_operation():
        parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for where, part in parts.items():
            for media, content in part.get("content", {}).items():
                yield f"{name} {where} {media}", content


def misfits(example: Any, schema: dict[str, Any]) -> list[str]:
    whole = schema | {"components": described()["components"]}
    found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(example)
    return [f"{each.json_path}: {each.message}" for each in found]


def test_the_file_is_what_the_api_is(tmp_path: Path) -> None:
    """`make openapi` writes it. A warning on the way fails."""
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == FILE.read_text(), "make openapi"


def test_every_operation_says_what_it_does_and_to_which_group_it_belongs() -> None:
    for name, operation in each_operation():
        assert operation["summary"], name
        assert "  " not in operation["summary"], name
        assert operation["tags"][0] in TAGS, f"{name}: {operation['tags'][0]} is not in describing.TAGS"


def test_every_body_and_every_answer_has_an_example_that_fits() -> None:
    wrong = {}
    for name, content in contents():
        if "multipart/" in name:
            continue
        if not name.endswith((JSON, STREAM, problems.MEDIA_TYPE)):
            continue
        if content["schema"] == {}:
            continue  # a file, which may be of any kind
        if "example" not in content:
            wrong[name] = ["has none"]
        elif found := misfits(content["example"], content["schema"]):
            wrong[name] = found
    assert wrong == {}


def test_every_refusal_is_one_there_is() -> None:
    known = problems.codes()
    for name, (_, _, what) in OPERATIONS.items():
        if what is not None:
            assert [code for code in what.refuses if code not in known] == [], name


def test_every_field_has_a_type_or_says_that_it_is_anything() -> None:
    """A component without any field is a mistake of its shape."""
    for name, schema in described()["components"]["schemas"].items():
        assert set(schema) & {"properties", "enum", "const", "anyOf", "oneOf", "$ref", "type"}, name


def test_every_code_says_what_it_means() -> None:
    unsaid = [
        kind.__name__
        for kind in problems.refusals(Refused)
        if kind is not Refused and kind.sentence == Refused.sentence and kind.kind != Refused.kind
    ]
    assert unsaid == []
    assert all(code.meaning for found in problems.every_code().values() for code in found)


def test_the_table_of_codes_has_each_once() -> None:
    rows = [line for line in problems.table(OPERATIONS_OF).splitlines() if line.startswith("| `")]
    assert len(rows) == len({row.split("`")[1] for row in rows})
    assert "| `not_found` | 404 | " in "\n".join(rows)


OPERATIONS_OF = [what for _, _, what in OPERATIONS.values() if what is not None]


# ---------------------------------------------------------------- /api/schema


def test_anybody_gets_yaml_unless_they_ask_for_json(db: None) -> None:
    response = Client().get("/api/schema")
    assert (response.status_code, response["Content-Type"]) == (
        200,
        "application/vnd.oai.openapi; charset=utf-8",
    )
    assert yaml.load(response.content, yaml.CSafeLoader) == described()


@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        ("", "application/json", "application/json"),
        ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
        ("", "application/yaml", "application/yaml"),
        ("", "text/html,*/*;q=0.8", "application/vnd.oai.openapi"),
        ("", "image/png", "application/vnd.oai.openapi"),
        ("?format=json", "*/*", "application/json"),
        ("?format=yaml", "application/json", "application/vnd.oai.openapi"),
    ],
)
def test_it_comes_as_it_is_accepted(db: None, query: str, accept: str, media: str) -> None:
    response = Client().get(f"/api/schema{query}", headers={"accept": accept})
    assert response["Content-Type"] == f"{media}; charset=utf-8"
    assert response.content == written("json" if "json" in media else "yaml")


def test_another_form_is_refused(db: None) -> None:
    response = Client().get("/api/schema?format=xml")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_who_has_it_already_is_told_so(db: None) -> None:
    first = Client().get("/api/schema")
    again = Client().get("/api/schema", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "public, no-cache"


def test_it_names_no_data(alice: User) -> None:
    """It is put together once, whoever asks; the people of its examples are nobody's."""
    User.objects.filter(pk=alice.pk).update(username="zebulon")
    written.cache_clear()
    assert not any(secret in written("json") for secret in (b"zebulon", b"Bearer ey", b"sk-ant"))
