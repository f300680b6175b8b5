"""How much a passage is about a question, and which of those found are given."""

from __future__ import annotations

from uuid import UUID

from sessions_app.knowledge.ranking import Term, Text, rank, rarity, similarity, spread
from sessions_app.knowledge.words import stems

ONE, TWO = UUID(int=1), UUID(int=2)


def text(
    key: int, words: str, *, video: UUID = ONE, title: str = "", at: int | None = None, length: int = 60
) -> Text:
    start = 1000 * (100 * key if at is None else at)
    return Text(key, video, video, key, start, start + 1000 * length, stems(words, "en"), stems(title, "en"))


def term(word: str, weight: float = 1.0) -> Term:
    return Term(word, {stems(word, "en")[0]: 1.0}, 1, weight)


def best(texts: list[Text], *terms: Term) -> list[int]:
    return [each.text.key for each in rank(texts, terms)]


def test_rarer_words_weigh_more() -> None:
    assert rarity(1, 1000) > rarity(10, 1000) > rarity(1000, 1000) > 0
    assert best([text(1, "oil here"), text(5, "rubisco here")], term("oil", 1), term("rubisco", 4)) == [5, 1]


def test_several_words_are_better_than_one_said_often() -> None:
    terms = [term("oil"), term("chain"), term("brake")]
    assert best(
        [text(1, "oil oil oil oil and then oil"), text(5, "oil the chain near the brake")], *terms
    ) == [5, 1]


def test_words_that_stand_near_each_other_are_better() -> None:
    far = f"chain {'nothing ' * 30} oil"
    near = f"chain oil {'nothing ' * 30}"
    assert best([text(1, far), text(5, near)], term("chain"), term("oil")) == [5, 1]


def test_what_the_title_and_the_neighbours_say_helps_a_little() -> None:
    assert (
        best([text(1, "oil it"), text(5, "oil it", title="Chains", video=TWO)], term("oil"), term("chain"))[0]
        == 5
    )
    lonely = text(1, "oil it")
    accompanied = [text(number, "oil it", video=TWO) for number in (10, 11, 12)]
    assert best([lonely, *accompanied], term("oil"))[0] == 11


def test_similarity_is_the_part_of_the_question_that_is_said() -> None:
    terms = [term("oil", 1), term("chain", 3)]
    assert similarity(stems("oil the chains", "en"), [], terms) == 1.0
    assert similarity(stems("chains", "en"), [], terms) == 0.75
    assert similarity([], stems("chains", "en"), terms) == 0.375
    assert similarity(["nothing"], [], terms) == 0.0
    assert similarity(["nothing"], [], []) == 0.0


def test_of_two_that_overlap_the_better_one_is_given() -> None:
    found = [(text(1, "", at=0), 3.0), (text(2, "", at=20), 2.0), (text(3, "", at=200), 1.0)]
    assert [each.key for each in spread(found, 3)] == [1, 3]


def test_neighbours_that_share_a_little_are_both_given_if_the_second_says_more() -> None:
    found = [(text(1, "", at=0), 3.0), (text(2, "", at=50), 2.0)]
    assert [each.key for each in spread(found, 3, {0: frozenset({0}), 1: frozenset({0, 1})})] == [1, 2]
    assert [each.key for each in spread(found, 3, {0: frozenset({0}), 1: frozenset({0})})] == [1]


def test_where_all_are_alike_several_videos_get_their_say() -> None:
    found = [
        (text(number, "", video=ONE if number < 4 else TWO), 1.0 - number / 100) for number in range(1, 6)
    ]
    assert {each.video for each in spread(found, 2)} == {ONE, TWO}
    far = [(each, score * (0.5 if each.video == TWO else 1)) for each, score in found]
    assert {each.video for each in spread(far, 3)} == {ONE}
