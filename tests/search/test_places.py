from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.search.content import searched
from sessions_app.search.language import Term, parse
from sessions_app.search.places import SNIPPET, places, score, snippet
from sessions_app.search.tokens import spans, tokens

plain = st.text("abAB1 _-.\n", max_size=60)


def marked(text: str, query: str) -> list[str]:
    made = snippet(text, parse(query).terms)
    return [made.text[start:end] for start, end in made.highlights]


@given(st.text(max_size=200))
def test_words_and_their_places_are_the_same_words(text: str) -> None:
    assert [word for word, _, _ in spans(text)] == tokens(text)
    assert all(0 <= start < end <= len(text) for _, start, end in spans(text))


@given(plain, st.lists(st.sampled_from(["a", "b", "ab", "ba", "1"]), min_size=1, max_size=3), st.booleans())
def test_places_in_plain_text_are_those_found_word_by_word(text: str, words: list[str], begins: bool) -> None:
    """The quick way for ASCII against the general one, which a letter outside of it calls for."""
    term = [Term(tuple(words), begins)]
    quick = {place.end for place in places(text, term)}
    assert quick <= {place.end for place in places(f"{text} é", term)}
    assert bool(quick) == bool(places(f"{text} é", term))


def test_what_no_database_takes_is_cleaned_out_of_results_of_tools() -> None:
    text, told = searched("Looked up.", [{"rows": ["a\x00b", "\ud800 moraine", None, True, 4.5]}])
    assert tokens(text[told:].encode().decode()) == ["ab", "moraine", "4", "5"]
    assert "\x00" not in text
    assert text[:told] == "Looked up."


def test_highlights_are_the_words_as_they_are_written() -> None:
    assert marked("A Parser, parsers and the PARSER.", "parser") == ["Parser", "PARSER"]
    assert marked("A Parser, parsers and the PARSER.", "pars*") == ["Parser", "parsers", "PARSER"]
    assert marked("Große Übung in Zürich", "GROSSE ubung zurich") == ["Große", "Übung", "Zürich"]
    assert marked("東京都に住む", "京都") == ["京都"]
    assert marked("well-known, well known", '"well known"') == ["well-known", "well known"]


def test_a_snippet_is_where_most_of_the_words_stand_together() -> None:
    text = "parser " + "word " * 200 + "the parser has a bug " + "tail " * 200
    made = snippet(text, parse("parser bug").terms)
    assert "the parser has a bug" in made.text
    assert made.text.startswith("…word ")
    assert made.text.endswith("…")


@given(st.text(max_size=600), st.text(max_size=600))
def test_a_snippet_is_a_short_line_of_the_text_with_the_word_marked(before: str, after: str) -> None:
    text = f"{before} needle {after}"
    made = snippet(text, parse("needle").terms)
    assert len(made.text) <= SNIPPET + 2
    assert len(made.text.splitlines()) <= 1
    assert made.text.strip("…") in " ".join(text.split())
    assert any(made.text[start:end].lower() == "needle" for start, end in made.highlights)
    ends = [place for mark in made.highlights for place in mark]
    assert ends == sorted(set(ends))


def test_a_text_is_more_about_what_it_says_more_often_and_in_fewer_words() -> None:
    terms = parse("parser").terms

    def of(text: str) -> float:
        return score(text, len(text), terms)

    assert of("parser parser") > of("parser word")
    assert of("the parser") > of("the parser " + "word " * 300)
    assert of("Größe parser parser") > of("Größe parser word")
