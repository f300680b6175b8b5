from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.search.language import TERMS, Query, Term, parse, split_tags


def words(*all_of: str) -> tuple[Term, ...]:
    return tuple(Term((word,)) for word in all_of)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Parser bug", Query(words("parser", "bug"))),
        ("bug bug Bug", Query(words("bug"))),
        ('"parse error"', Query((Term(("parse", "error")),))),
        ("“parse error”", Query((Term(("parse", "error")),))),
        ('"never closed', Query((Term(("never", "closed")),))),
        ("parser -slow", Query(words("parser"), words("slow"))),
        ('parser -"too slow"', Query(words("parser"), (Term(("too", "slow")),))),
        ("pars*", Query((Term(("pars",), begins=True),))),
        ('"parse err"*', Query((Term(("parse", "err"), begins=True),))),
        ("pa*", Query(words("pa"))),
        ("well-known", Query((Term(("well", "known")),))),
        ("search_session_messages", Query((Term(("search", "session", "messages")),))),
        ("git --force", Query(words("git", "force"))),
        ("C++", Query(words("c"))),
        ("Über Größe", Query(words("uber", "grosse"))),
        ("日本", Query((Term(("日", "本")),))),
        ("this AND that OR NEAR(x)", Query(words("this", "and", "that", "or"))),
        ("-slow", Query((), words("slow"))),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: str, meant: Query) -> None:
    parsed = parse(typed)
    assert (parsed.terms[: len(meant.terms)], parsed.without) == (meant.terms, meant.without)


@pytest.mark.parametrize("typed", ["", "   ", '""', '"', "?!", "*", "-", "--", "-slow", "%", "_", "\x00"])
def test_without_a_word_there_is_nothing_to_look_for(typed: str) -> None:
    assert not parse(typed)


@given(st.text(max_size=3000))
def test_nothing_that_is_typed_raises_or_asks_for_too_much(typed: str) -> None:
    parsed = parse(typed)
    assert len(parsed.terms) <= TERMS
    assert all(word for term in (*parsed.terms, *parsed.without) for word in term.words)


@pytest.mark.parametrize(
    ("text", "rest", "tags"),
    [
        ("parser", "parser", ()),
        ("parser tag:webhooks", "parser", ("webhooks",)),
        ("tag:a tag:b tag:a parser", "parser", ("a", "b")),
        ("tag:“two words” parser", "parser", ("two words",)),
        ("Tag:A", "", ("A",)),
        ("mytag:x tag: y", "mytag:x tag: y", ()),
    ],
)
def test_tags_are_split_off(text: str, rest: str, tags: tuple[str, ...]) -> None:
    left, found = split_tags(text)
    assert (" ".join(left.split()), found) == (rest, tags)
