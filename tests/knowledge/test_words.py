"""Text as the words by which passages are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.knowledge.words import asked, stems


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "tightening screws", "tighten the screw"),
        ("en-GB", "She kept her children's knives", "keeping a child, a knife"),
        ("de", "Die Häuser der Städte", "ein Haus, eine Stadt"),
        ("fr", "elles mangeaient des pommes", "manger une pomme"),
        ("es", "las canciones", "canción"),
        ("ru", "книги", "книга"),
        ("hi", "किताबें", "किताब"),
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, one: str, other: str) -> None:
    said = set(stems(one, language))
    wanted = [each for each in asked(other, [language]) if not each.empty]
    assert wanted
    assert all(said & set(each.stems) for each in wanted)


@pytest.mark.parametrize(
    ("text", "part"),
    [("如何修理自行车链条", "自行车"), ("วิธีซ่อมโซ่จักรยาน", "จักรยาน"), ("サワードウの作り方", "作り方")],
)
def test_where_no_blanks_part_words_neighbours_are_found(text: str, part: str) -> None:
    assert {stem for each in asked(part, ["zh"]) for stem in each.stems} <= set(stems(text, "zh"))


def test_a_language_without_an_algorithm_keeps_its_words() -> None:
    assert stems("Kulikuwa na maji", "sw") == ["kulikuwa", "na", "maji"]
    assert stems("Running late", "") == ["running", "late"]


def test_words_that_say_nothing_are_told_apart_by_language() -> None:
    assert [each.word for each in asked("How do I oil the chain?", ["en"]) if not each.empty] == [
        "oil",
        "chain",
    ]
    assert [each.word for each in asked("Wie öle ich die Kette?", ["de"]) if not each.empty] == [
        "ole",
        "kette",
    ]
    both = {each.word: each.empty for each in asked("die chain", ["en", "de"])}
    assert both == {"die": False, "chain": False}  # English people die


@given(st.text(max_size=200), st.sampled_from(["en", "de-CH", "zh", "hi", "", "??"]))
def test_any_text_is_cut_into_plain_words(text: str, language: str) -> None:
    signs = set(" '\"\\:()*^+-&|!<>=@\x00")
    assert not any(signs & set(word) for word in stems(text, language))
    assert not any(signs & set(each.word) for each in asked(text, [language]))
