"""The passages that answer a question best, for who may see them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.agent.passages import number_of
from sessions_app.knowledge import retrieval
from sessions_app.knowledge.models import Passage, Video, VideoViewer
from sessions_app.knowledge.retrieval import retrieve
from sessions_app.models import User

from .transcribed import transcribed


def found(user: User, question: str, **asked: object) -> list[str]:
    return [each.text for each in retrieve(user_id=user.pk, question=question, **asked)]  # type: ignore[arg-type]


@pytest.fixture(params=[60, 0], ids=["few videos", "many videos"])
def looked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to look: into each video, and over all."""
    monkeypatch.setattr(retrieval, "FEW", request.param)


@pytest.mark.usefixtures("looked")
def test_the_best_passage_comes_first_with_all_that_is_told_of_it(alice: User) -> None:
    video = transcribed(
        alice, "Chains", "Hello everybody", "Oil the rollers of the chain", "The rollers are round"
    )
    first, *others = retrieve(user_id=alice.pk, question="How do I oil a chain's rollers?")
    row = Passage.objects.get(number=1)
    assert (first.text, first.title, first.video) == (row.text, "Chains", str(video.pk))
    assert (first.start_ms, first.end_ms, number_of(first.key)) == (row.start_ms, row.end_ms, row.pk)
    assert first.similarity == 1.0 > others[0].similarity > 0
    # What its title alone says of it comes last.
    assert [each.text for each in others] == ["The rollers are round", "Hello everybody"]


@pytest.mark.usefixtures("looked")
def test_a_stranger_finds_nothing_of_what_is_private(alice: User, bob: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    assert found(bob, "rollers") == found(bob, "rollers", videos=[video.pk]) == []
    Video.objects.update(visibility="listed")
    assert found(bob, "rollers") == []
    VideoViewer.objects.create(video=video, user=bob)
    assert found(bob, "rollers") == found(bob, "rollers", videos=[str(video.pk)]) == ["Oil the rollers"]
    Video.objects.update(visibility="private")
    assert found(bob, "rollers", videos=[video.pk]) == []
    Video.objects.update(visibility="everyone")
    assert found(bob, "rollers") == ["Oil the rollers"]


@pytest.mark.usefixtures("looked")
def test_who_may_see_little_of_much_gets_their_passages(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many better ones there are of others' videos."""
    monkeypatch.setattr(retrieval, "ROUGH", 5)
    monkeypatch.setattr(retrieval, "ENOUGH", 3)
    for number in range(8):
        transcribed(alice, f"Oiling {number}", "Oil the rollers, oil all rollers", "Oil, oil, oil on rollers")
    transcribed(bob, "Mine", "There is oil somewhere")
    assert found(bob, "oil rollers") == ["There is oil somewhere"]


@pytest.mark.usefixtures("looked")
def test_only_the_videos_that_are_named_are_looked_into(alice: User) -> None:
    chains = transcribed(alice, "Chains", "Oil the rollers")
    transcribed(alice, "Doors", "Oil the hinges")
    assert found(alice, "oil", videos=[chains.pk]) == ["Oil the rollers"]
    assert found(alice, "oil", videos=[]) == []
    assert found(alice, "oil", videos=["nonsense", str(chains.pk)]) == ["Oil the rollers"]
    assert sorted(found(alice, "oil")) == ["Oil the hinges", "Oil the rollers"]


@pytest.mark.usefixtures("looked")
def test_former_versions_and_deleted_videos_are_not_found(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    Passage.objects.update(current=False)
    assert found(alice, "rollers") == []
    Passage.objects.update(current=True)
    video.deleted_at = video.created_at
    video.save()
    assert found(alice, "rollers") == []


@pytest.mark.usefixtures("looked")
def test_a_question_of_empty_words_finds_what_says_these(alice: User) -> None:
    transcribed(alice, "Hamlet", "To be or not to be", "Oil the rollers")
    assert found(alice, "to be or not to be?")[0] == "To be or not to be"
    assert found(alice, "what should they") == []


@pytest.mark.parametrize(
    "question", ["", "   ", "???", '"', "NEAR(", "*", "a" * 5000, "' OR 1=1 --", "\x00", "🎬", "marks:v"]
)
def test_odd_questions_are_no_error(alice: User, question: str) -> None:
    transcribed(alice, "Chains", "Oil the rollers")
    assert found(alice, question) == []


@pytest.mark.parametrize(
    "question",
    [
        'oil AND "rollers',
        "oil NOT rollers",
        "-oil rollers*",
        "words:oil ^rollers",
        "oil | ! & rollers:*",
        "oil'",
    ],
)
def test_operators_are_only_signs(alice: User, question: str) -> None:
    transcribed(alice, "Chains", "Oil the rollers")
    assert found(alice, question) == ["Oil the rollers"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_any_question_is_harmless(alice: User, question: str) -> None:
    if not Video.objects.exists():
        transcribed(alice, "Chains", "Oil the rollers")
    assert found(alice, f"{question} rollers") in (["Oil the rollers"], [])


def test_other_languages_are_found_by_their_forms(alice: User) -> None:
    transcribed(alice, "Fahrrad", "Die Ketten müssen geölt werden", language="de")
    transcribed(alice, "自行车", "先把链条洗干净,再上油", language="zh-CN")
    transcribed(alice, "Bicicletas", "Hay que limpiar las cadenas", language="es")
    transcribed(alice, "Chains", "Oil the rollers")
    assert found(alice, "Wie reinige ich eine Kette?") == ["Die Ketten müssen geölt werden"]
    assert found(alice, "怎么洗链条?") == ["先把链条洗干净,再上油"]
    assert found(alice, "¿Cómo se limpia una cadena?") == ["Hay que limpiar las cadenas"]


def test_compounds_and_slips_of_the_finger_find_what_is_meant(alice: User) -> None:
    transcribed(alice, "Rad", "Die Kette vom Fahrrad braucht Fett", language="de")
    transcribed(alice, "Leaves", "Photosynthesis makes sugar", "Look at the timestamp")
    assert found(alice, "Fahrradkette schmieren") == ["Die Kette vom Fahrrad braucht Fett"]
    assert found(alice, "photosyntesis") == ["Photosynthesis makes sugar"]
    assert found(alice, "time stamp") == ["Look at the timestamp"]


def test_of_overlapping_passages_one_is_given(alice: User) -> None:
    texts = ["Oil the rollers", "the rollers. Then wipe", "Then wipe it all"]
    transcribed(alice, "Chains", *texts, every=50_000)
    assert found(alice, "rollers") == ["Oil the rollers"]


def test_no_more_are_given_than_were_asked_for(alice: User) -> None:
    transcribed(alice, "Chains", *(f"Oil roller number {number}" for number in range(20)))
    assert len(found(alice, "roller", limit=3)) == 3
    assert len(found(alice, "roller")) == retrieval.MOST
