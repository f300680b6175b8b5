"""A file of conversations is cut into its elements as a parser of the whole would see them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.importers import parsing, splitting
from export_app.importers.base import BadFile
from export_app.importers.parsing import Element, one_at, parse
from export_app.importers.splitting import elements

WORDS = st.text(st.sampled_from('a"\\\n[]{},: \u00e9\U0001f600'), max_size=8)
SIMPLE = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | WORDS
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


class Dribble(io.BytesIO):
    """Gives a few bytes at a time, so that everything is cut somewhere."""

    step = 3

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.step)


def cut(data: bytes) -> list[Element]:
    return list(elements(io.BytesIO(data)))


def values(data: bytes) -> list[Any]:
    return [parse(element) for element in cut(data)]


def in_memory(element: Element) -> Element:
    """The element with its bytes, also where they are in a file."""
    if element.aside is None:
        return element
    with element:
        element.aside.seek(0)
        return replace(element, data=element.aside.read())


@given(
    st.lists(VALUES, max_size=6),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.sampled_from([1, 2, 3, 7, 64]),
    st.sampled_from([1, 8, parsing.LIGHT]),
)
def test_elements_are_what_a_parser_finds(
    rows: list[Any], indent: int | None, ascii_only: bool, step: int, light: int
) -> None:
    data = json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode()
    opened = Dribble(data)
    opened.step = step
    with patch.object(parsing, "LIGHT", light):
        found = [in_memory(each) for each in elements(opened, aside=io.BytesIO)]
    assert [parse(each) for each in found] == rows
    for element in found:
        assert data[element.begins : element.ends] == element.data
        assert element.line == data.count(b"\n", 0, element.begins) + 1


@given(
    st.lists(VALUES, max_size=4),
    st.dictionaries(WORDS, VALUES, max_size=3),
    st.sampled_from([20, parsing.LIGHT]),
)
def test_an_array_named_conversations_is_found_within_an_object(
    rows: list[Any], beside: dict[str, Any], light: int
) -> None:
    beside.pop("conversations", None)
    whole = {**beside, "conversations": rows, "after": beside}
    opened = Dribble(json.dumps(whole).encode())
    with patch.object(parsing, "LIGHT", light):
        assert [parse(in_memory(each)) for each in elements(opened, aside=io.BytesIO)] == rows


@pytest.mark.parametrize("light", [20, parsing.LIGHT])
def test_an_object_alone_is_one_element(light: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LIGHT", light)
    whole = {"format": "workspace-session", "messages": [{"conversations": [1, 2]}]}
    opened = Dribble(b"\xef\xbb\xbf" + json.dumps(whole, indent=1).encode())
    assert [parse(in_memory(each)) for each in elements(opened, aside=io.BytesIO)] == [whole]


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_a_file_that_is_cut_off_is_refused(rows: list[Any], data: st.DataObject) -> None:
    whole = json.dumps(rows).encode()
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(BadFile):
        cut(whole[:end])


def test_a_cut_off_file_says_where() -> None:
    with pytest.raises(BadFile, match="in the middle of conversation 2") as caught:
        cut(b'[\n{"a": 1},\n{"b": [1, 2')
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"hello", "not a JSON file"),
        (b"<html>", "not a JSON file"),
        (b"[{}] x", "behind the end"),
        (b"[{}][{}]", "behind the end"),
        (b"[{} {}]", "comma"),
        (b"[{},,{}]", "missing between"),
        (b"[{},]", "missing between"),
        (b"{a: 1}", "quotation marks"),
        (b'{"a" 1}', "colon"),
        ('[{"a": 1}]'.encode("utf-16"), "UTF-16"),
        ('[{"a": 1}]'.encode("utf-16-le"), "UTF-16"),
    ],
)
def test_what_is_no_json_says_so(data: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        cut(data)


def test_a_bad_element_leaves_the_others_and_names_its_line_and_column() -> None:
    first, second, third = cut(b'[\n  {"a": 1},\n  {"b": 1,\n   "c": nope},\n {"d": 2}]')
    assert (parse(first), parse(third)) == ({"a": 1}, {"d": 2})
    with pytest.raises(BadFile) as caught:
        parse(second)
    assert (caught.value.line, caught.value.place) == (4, "column 9")


@pytest.mark.parametrize(
    "data", [b'[{"a": NaN}]', b'[{"a": 1}, {"a": [}]', b'[{"a": "\t"}]', b'[{"a": 01}]', b'[{"a": "\xff"}]']
)
def test_what_only_looks_like_json_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        values(data)


def test_letters_no_database_keeps_are_replaced() -> None:
    data = rb'[{"half": "a\ud800b", "whole": "\ud83d\ude00", "nul": "a\u0000b", "plain": "\\u0000"}, {"nul": "\\\u0000"}]'
    assert values(data) == [
        {"half": "a\ufffdb", "whole": "\U0001f600", "nul": "a\ufffdb", "plain": "\\u0000"},
        {"nul": "\\\ufffd"},
    ]


def test_the_last_of_two_fields_of_one_name_counts() -> None:
    assert values(b'[{"a": 1, "a": 2}]') == [{"a": 2}]


def test_deep_nesting_is_told_of_and_the_next_one_read() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    first, second = cut(b"[" + deep + b', {"a": 1}]')
    assert first.data is None
    assert parse(second) == {"a": 1}
    with pytest.raises(BadFile, match="levels deep"):
        parse(first)


def test_a_large_element_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST", 1000)
    monkeypatch.setattr(splitting, "PIECE", 64)
    data = json.dumps([{"a": "x" * 5000, "b": ["y"] * 900}, {"c": 1}]).encode()
    first, second = cut(data)
    assert first.data is None
    assert data[first.begins : first.ends].endswith(b"]}")
    assert parse(second) == {"c": 1}
    with pytest.raises(BadFile, match="too large"):
        parse(first)


def test_an_element_is_found_again_by_its_place() -> None:
    data = b'[{"a": 1}, {"b": 2}]'
    second = cut(data)[1]
    assert parse(one_at(io.BytesIO(data), second.begins, second.ends)) == {"b": 2}
    with pytest.raises(BadFile, match="shorter"):
        one_at(io.BytesIO(data[:15]), second.begins, second.ends)
