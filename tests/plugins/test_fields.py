"""Settings as fields: texts become values that fit, and nothing else is kept."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from sessions_app.plugins.fields import Unfit, as_text, changed, fields_of, from_text

pytestmark = pytest.mark.sqlite


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Model(BaseModel):
    name: str = ""
    count: int = Field(3, ge=1, title="How many")
    share: float | None = None
    loud: bool = False
    pace: Literal["slow", "fast"] = "slow"
    colour: Colour = Colour.RED
    lines: list[str] = []
    key: SecretStr | None = None
    must: str


def test_each_kind_is_known() -> None:
    kinds = {each.name: each.kind for each in fields_of(Model)}
    assert kinds == {
        "name": "text", "count": "whole", "share": "number", "loud": "switch", "pace": "choice", "colour": "choice",
        "lines": "lines", "key": "secret", "must": "text",
    }  # fmt: skip
    assert {each.label for each in fields_of(Model)} >= {"How many", "Loud"}


def test_texts_become_values_and_secrets_stand_apart() -> None:
    typed = {"name": " a\x00b ", "count": "7", "share": "0.5", "loud": "on", "pace": "fast", "colour": "blue",
             "lines": "one\r\n\r\n two ", "key": "hush", "must": "x"}  # fmt: skip
    fields = {each.name: each for each in fields_of(Model)}
    changes = {name: from_text(fields[name], text) for name, text in typed.items()}
    values, secrets = changed(Model, {}, {}, changes)
    assert values == {"name": "ab", "count": 7, "share": 0.5, "loud": True, "pace": "fast", "colour": "blue",
                      "lines": ["one", "two"], "must": "x"}  # fmt: skip
    assert secrets == {"key": "hush"}
    assert as_text(fields["lines"], values["lines"]) == "one\ntwo"
    assert as_text(fields["key"], "hush") == ""
    kept, still = changed(Model, values, secrets, {"count": None, "loud": False})
    assert ("count" not in kept, kept["loud"], still) == (True, False, {"key": "hush"})
    assert changed(Model, values, secrets, {"key": None})[1] == {}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"count": "0", "must": "x"}, {"count"}),
        ({"count": "many", "pace": "never", "must": "x"}, {"count", "pace"}),
        ({"nothing": 1}, {"nothing"}),
        ({}, {"must"}),
        ({"must": "x" * 30_000}, {"must"}),
        ({"must": "x", "key": 5}, {"key"}),
    ],
)
def test_what_does_not_fit_is_told_by_its_name_without_its_value(
    changes: dict[str, object], names: set[str]
) -> None:
    with pytest.raises(Unfit) as refused:
        changed(Model, {}, {}, changes)
    assert set(refused.value.problems) == names
    assert "many" not in str(refused.value.problems.values())


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234567, "0.1234567"), (1234567.0, "1234567"), (-0.5, "-0.5")]
)
def test_a_number_stands_in_its_field_as_it_was_set(value: float, text: str) -> None:
    field = next(each for each in fields_of(Model) if each.name == "share")
    assert as_text(field, value) == text


def test_what_an_earlier_version_kept_breaks_no_page() -> None:
    field = next(each for each in fields_of(Model) if each.name == "lines")
    assert as_text(field, 5) == "5"
