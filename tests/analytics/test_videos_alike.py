"""Pure parts of the figures of videos: questions that ask alike, and stretches of a length."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analytics_app.videos.alike import groups, stems
from analytics_app.videos.facts import Facts
from analytics_app.videos.strip import BINS, stretches


def told(*questions: tuple[str, str]) -> list[tuple[str, int]]:
    made = groups((place, text, stems(text, language)) for place, (text, language) in enumerate(questions))
    return [(each.example, len(each.keys)) for each in made]


def test_forms_of_words_and_stop_words_do_not_keep_questions_apart() -> None:
    assert told(
        ("How do I create an index?", "en"), ("creating indexes", "en"), ("How is a cache warmed?", "en")
    ) == [("How do I create an index?", 2)]
    assert told(("Wie lege ich Tabellen an?", "de-CH"), ("Wie lege ich eine Tabelle an?", "de")) == [
        ("Wie lege ich Tabellen an?", 2)
    ]


def test_questions_that_share_less_are_apart_and_texts_without_words_belong_to_none() -> None:
    assert (
        told(("index cache memory", "en"), ("index lock page", "en"), ("ok", "en"), ("", "xx"), ("?", "en"))
        == []
    )


@given(st.lists(st.text(alphabet="abcde ", max_size=12), max_size=30))
def test_each_question_is_in_one_group_at_the_most(texts: list[str]) -> None:
    made = groups((place, text, stems(text)) for place, text in enumerate(texts))
    keys = [key for each in made for key in each.keys]
    assert len(keys) == len(set(keys))
    assert all(len(each.keys) >= 2 and each.example in texts for each in made)
    assert [len(each.keys) for each in made] == sorted((len(each.keys) for each in made), reverse=True)


PASSAGES = st.lists(
    st.tuples(st.integers(0, 7_200_000), st.integers(0, 90_000), st.integers(1, 50)), max_size=20
)


@given(PASSAGES, st.one_of(st.none(), st.integers(0, 8_000_000)))
def test_a_length_is_covered_without_holes_and_each_passage_is_where_it_lies(
    cited: list[tuple[int, int, int]], length: int | None
) -> None:
    found = stretches([(start, start + lasts, times) for start, lasts, times in cited], length)
    assert bool(found) == bool(cited)
    assert len(found) <= BINS
    for one, after in pairwise(found):
        assert one.end_ms == after.start_ms
    for start, _, times in cited:
        [where] = [each for each in found if each.start_ms <= start < each.end_ms]
        assert where.references >= times
        assert where.step >= 1
    assert all(0 <= each.step <= 5 for each in found)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.text("ab", min_size=12, max_size=13), st.integers(0, 4)), max_size=20
    )
)
def test_facts_are_the_same_kept_and_read_again_and_added_in_parts(rows: list[tuple[int, str, int]]) -> None:
    whole, parts, read = Facts(), Facts(), Facts()
    for place, (asker, session, cited) in enumerate(rows):
        one = Facts()
        for facts in (whole, one):
            facts.question(asker, session, place // 3, cited)
            facts.call(asker, (1, 10, 0, 0, 5, cited, 0))
            facts.moments[cited * 1000, 9000] += 1
        parts.merge(one)
    kept = whole.kept()
    del kept["brief"]
    read.add(**kept)
    assert whole == parts == read
    assert whole.total(1) == parts.brief().total(1)
