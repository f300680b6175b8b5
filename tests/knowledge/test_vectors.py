"""Passages found by their meaning: exact, within rights, beside what words find."""

from __future__ import annotations

from math import cos, sin
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from sessions_app.agent.passages import key_of
from sessions_app.knowledge import embedding_run
from sessions_app.knowledge.actions import embedding as actions
from sessions_app.knowledge.models import PassageVector, Video
from sessions_app.knowledge.retrieval import retrieve
from sessions_app.knowledge.vectors import Vector, code_of, column, packed, searching, unpacked
from sessions_app.knowledge.vectors.memory import MEMORY
from sessions_app.knowledge.vectors.searching import compared, nearby
from sessions_app.models import User
from tests.knowledge.embedded import BETWEEN, EAST, MODEL, NORTH, WEST, add_transcript, make_video

pytestmark = pytest.mark.django_db
about: Any = pytest.approx


@pytest.fixture(autouse=True)
def nothing_in_memory() -> None:
    MEMORY.clear()


def unit(values: list[float]) -> list[float]:
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


def put(video: Video, *vectors: list[float], model: str = MODEL) -> None:
    """Vectors of its passages in use, in their order."""
    owner = uuid4()
    assert actions.claim_embedding(owner=owner, at_once=True)
    rows = video.passages.filter(current=True).order_by("number")
    made = {row.pk: (video.pk, unit(values)) for row, values in zip(rows, vectors, strict=False)}
    assert actions.store_vectors(owner=owner, model=model, vectors=made)
    actions.end_embedding(owner=owner, ready=model)


def found(user: User, question: str, vector: list[float] | None, **asked: Any) -> list[str]:
    asked_for = Vector(MODEL, unit(vector)) if vector else None
    return [each.text for each in retrieve(user_id=user.pk, question=question, vector=asked_for, **asked)]


def near(user: User, vector: list[float], limit: int = 10, model: str = MODEL) -> list[tuple[int, float]]:
    seen = Video.objects.for_user(SimpleNamespace(pk=user.pk))
    return nearby(Vector(model, unit(vector)), seen, limit)


def test_values_are_kept_as_little_endian_float32() -> None:
    assert packed([1.0, -0.5]) == bytes.fromhex("0000803f000000bf")
    assert unpacked(packed([1.0, -0.5])) == (1.0, -0.5)


def test_the_nearest_come_first_with_their_cosines(alice: User) -> None:
    video = make_video(alice, "to the east", "between", "to the north", "to the west")
    put(video, EAST, BETWEEN, NORTH, WEST)
    keys = list(video.passages.order_by("number").values_list("pk", flat=True))
    assert near(alice, EAST) == [(keys[0], about(1)), (keys[1], about(0.7071, abs=1e-4))]
    assert near(alice, EAST, limit=1) == [(keys[0], about(1))]


def test_equally_near_ones_come_in_the_order_of_their_keys(alice: User) -> None:
    first, second = make_video(alice, "one", "two"), make_video(alice, "three", "four")
    put(second, EAST, EAST)
    put(first, EAST, EAST)
    keys = [*first.passages.order_by("pk"), *second.passages.order_by("pk")]
    assert [key for key, _ in near(alice, EAST, limit=3)] == [row.pk for row in keys[:3]]


def test_what_only_words_find_and_what_only_vectors_find_both_come_up(alice: User) -> None:
    video = make_video(alice, "Bread rises by yeast.", "Dough swells while it rests.", "Tax forms are due.")
    put(video, NORTH, EAST, WEST)
    assert found(alice, "yeast", None) == ["Bread rises by yeast."]
    assert found(alice, "yeast", EAST) == ["Bread rises by yeast.", "Dough swells while it rests."]
    first, second = retrieve(user_id=alice.pk, question="yeast", vector=Vector(MODEL, EAST))
    assert (first.similarity, second.similarity) == (1.0, about(1))


def test_what_both_find_comes_first(alice: User) -> None:
    video = make_video(alice, "alpha beta", "alpha beta gamma", "delta")
    put(video, NORTH, BETWEEN, EAST)
    assert found(alice, "alpha beta", EAST)[0] == "alpha beta gamma"


def test_only_videos_that_one_may_see_are_searched(alice: User, bob: User) -> None:
    hers = make_video(alice, "private")
    everyones = make_video(alice, "for everyone", visibility="everyone")
    gone = make_video(alice, "deleted", visibility="everyone", deleted_at="2026-01-01T00:00:00Z")
    for video in (hers, everyones, gone):
        put(video, EAST)
    assert set(found(alice, "?", EAST)) == {"private", "for everyone"}
    assert found(bob, "?", EAST) == ["for everyone"]
    Video.objects.filter(pk=everyones.pk).update(visibility="private")
    assert found(bob, "?", EAST) == []  # at once, whatever is held in memory


def test_only_the_chosen_videos_are_searched(alice: User, bob: User) -> None:
    one, two, his = make_video(alice, "one"), make_video(alice, "two"), make_video(bob, "his")
    for video in (one, two, his):
        put(video, EAST)
    assert found(alice, "?", EAST, videos=[str(two.pk), str(his.pk)]) == ["two"]
    assert found(alice, "?", EAST, videos=[]) == []


def test_a_replaced_transcript_is_out_at_once_and_the_new_one_is_in(alice: User) -> None:
    video = make_video(alice, "before")
    put(video, EAST)
    assert found(alice, "?", EAST) == ["before"]
    add_transcript(video, "after")
    assert found(alice, "?", EAST) == []
    put(video, EAST)
    assert found(alice, "?", EAST) == ["after"]
    video.passages.filter(current=False).delete()
    assert found(alice, "?", EAST) == ["after"]


def test_vectors_that_are_added_later_are_found_too(alice: User) -> None:
    video = make_video(alice, "one", "two")
    put(video, EAST)
    assert found(alice, "?", EAST) == ["one"]
    put(video, EAST, EAST)
    assert found(alice, "?", EAST) == ["one", "two"]


def test_vectors_that_are_made_anew_take_the_place_of_those_in_memory(alice: User) -> None:
    video = make_video(alice, "one", "two")
    put(video, EAST, NORTH)
    assert found(alice, "?", EAST) == ["one"]
    assert not actions.drop_vectors(model=MODEL)
    put(video, NORTH, EAST)
    assert found(alice, "?", EAST) == ["two"]


def test_vectors_of_another_model_or_length_are_not_compared(alice: User) -> None:
    video = make_video(alice, "one", "two")
    put(video, EAST, model="den/other")
    assert near(alice, EAST) == []
    put(video, [1.0, 0.0, 0.0])
    assert near(alice, EAST) == []
    assert len(near(alice, [1.0, 0.0, 0.0])) == 1


def test_passages_that_are_gone_get_no_vector(alice: User) -> None:
    video = make_video(alice, "one", "two")
    rows = list(video.passages.order_by("number"))
    owner = uuid4()
    assert actions.claim_embedding(owner=owner)
    rows[0].delete()
    made = {row.pk or 0: (video.pk, EAST) for row in rows} | {10**9: (video.pk, EAST)}
    assert actions.store_vectors(owner=owner, model=MODEL, vectors=made)
    assert list(PassageVector.objects.values_list("passage", flat=True)) == [rows[1].pk]


def test_postgresql_finds_by_itself_what_is_found_by_numpy(alice: User) -> None:
    """Where it has pgvector; without it both are the same."""
    video = make_video(alice, *[f"text {at}" for at in range(40)])
    put(video, *[[cos(at), sin(at), at / 40] for at in range(40)])
    asked = Vector(MODEL, unit([1.0, 0.5, 0.25]))
    found = nearby(asked, Video.objects.filter(pk=video.pk), 10)
    assert len(found) == 10
    assert found == [(key, about(near, abs=1e-6)) for key, near in compared(asked, [video.pk], 10)]


def test_pgvector_gets_what_was_stored_before_it_was_there(alice: User) -> None:
    put(make_video(alice, "one"), EAST)
    if column.there():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {column.TABLE} SET embedding = NULL")
        assert near(alice, EAST) == []
    assert embedding_run.fill_column() == (1 if column.there() else 0)
    assert len(near(alice, EAST)) == 1


def test_memory_holds_no_more_than_it_may(
    alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column, "there", lambda: False)
    settings.VECTOR_CACHE_MB = 1
    wide = [1.0] + [0.0] * 9_999  # 40 kB each
    videos = [make_video(alice, *[f"text {at}" for at in range(10)]) for _ in range(5)]
    for video in videos:
        put(video, *[wide] * 10)
    for _ in range(2):
        assert len(near(alice, wide, limit=50)) == 50
        assert 0 < MEMORY.size <= 1_000_000


def test_a_question_without_its_vector_is_answered_by_words_alone(alice: User) -> None:
    put(make_video(alice, "Bread rises by yeast."), EAST)
    assert found(alice, "yeast", None) == ["Bread rises by yeast."]
    assert retrieve(user_id=alice.pk, question="yeast")[0].key == key_of(
        PassageVector.objects.get().passage_id
    )


def test_a_code_has_the_signs_of_the_values() -> None:
    assert code_of([1.0, -1.0, 0.5, 0.0]) == bytes([0b10100000])
    assert code_of([0.1] * 9) == bytes([0b11111111, 0b10000000])
    assert code_of([]) == b"\0"[:0]


def test_where_memory_takes_too_few_codes_say_which_vectors_are_compared(
    alice: User, bob: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column, "there", lambda: False)
    videos = [make_video(alice, *[f"text {at} of {number}" for at in range(8)]) for number in range(4)]
    for number, video in enumerate(videos):
        put(video, *[[cos(at + n * number) for n in range(1, 41)] for at in range(8)])
    put(make_video(bob, "his"), [1.0] * 40)
    asked = [cos(3 + 2 * n) for n in range(1, 41)]
    exactly = near(alice, asked, limit=3)
    monkeypatch.setattr(searching, "too_many", lambda vector: True)
    monkeypatch.setattr(searching, "FEW", 1)
    monkeypatch.setattr(searching, "LEAST_SCREENED", 12)
    monkeypatch.setattr(searching, "OFTEN", 1)
    MEMORY.clear()
    assert near(alice, asked, limit=3) == [(key, about(is_near)) for key, is_near in exactly]
    assert MEMORY.size < 4 * 8 * 40 * 4  # no vector is held, only codes
    put(make_video(alice, "nearest"), asked)
    assert near(alice, asked, limit=3)[0][1] == about(1)
    assert near(bob, asked, limit=3) == []


def test_there_are_too_many_where_all_of_a_model_do_not_fit(alice: User, settings: Any) -> None:
    put(make_video(alice, *[f"text {at}" for at in range(30)]), *[[1.0] * 10_000 for _ in range(30)])
    settings.VECTOR_CACHE_MB = 1
    assert searching.too_many(Vector(MODEL, [1.0] * 10_000))
    settings.VECTOR_CACHE_MB = 2
    assert not searching.too_many(Vector(MODEL, [1.0] * 10_000))
