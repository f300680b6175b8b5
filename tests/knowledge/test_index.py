"""The index of passages: what is added is found, what is forgotten is not, and both are as the passages are."""

from __future__ import annotations

import pytest

from sessions_app.doctor import examine
from sessions_app.knowledge import doctor, index
from sessions_app.knowledge.models import Passage
from sessions_app.knowledge.retrieval import retrieve
from sessions_app.models import User
from sessions_app.transactions import write

from .transcribed import transcribed


def found(user: User, question: str) -> list[str]:
    return [each.text for each in retrieve(user_id=user.pk, question=question)]


def test_what_is_forgotten_is_not_found_and_leaves_no_trace(alice: User) -> None:
    kept = transcribed(alice, "Chains", "Oil the rollers", "Wipe the rollers")
    gone = transcribed(alice, "Brakes", "Bleed the brake", "The brake squeals, the brake is wet")
    with write():
        assert index.forget(gone.passages.all()) == 2
        assert index.forget(gone.passages.all()) == 0
    assert found(alice, "brake") == []
    assert len(found(alice, "rollers")) == 2
    assert index.counts(["brake", "roller"]) == {"roller": 2}
    assert index.languages([gone.pk]) == {}
    assert index.languages([kept.pk]) == {"en": 2}


def test_adding_twice_is_adding_once(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    with write():
        assert index.add(video.passages.all()) == 0
    assert index.counts(["roller"]) == {"roller": 1}


def test_a_new_title_and_language_are_brought_by_refreshing(alice: User) -> None:
    video = transcribed(alice, "Bremsen", "Die Häuser stehen am Fluss", language="en")
    video.title, video.language = "Architektur", "de"
    video.save()
    with write():
        assert index.refresh(video) == 1
        assert index.refresh(video) == 0
    assert found(alice, "Haus") == ["Die Häuser stehen am Fluss"]
    assert found(alice, "Architektur") == ["Die Häuser stehen am Fluss"]
    assert found(alice, "Bremsen") == []
    with write():
        index.forget(video.passages.all())
    assert index.unmatched() == list(video.passages.values_list("pk", flat=True))


def test_a_new_title_is_brought_while_a_version_is_being_indexed(alice: User) -> None:
    video = transcribed(alice, "Bremsen", "Die Häuser stehen am Fluss", "Der Fluss ist breit")
    coming = video.passages.last()
    assert coming
    video.passages.filter(pk=coming.pk).update(current=False)
    video.title = "Architektur"
    video.save()
    with write():
        assert index.refresh(video) == 2
        assert index.refresh(video) == 0
    assert found(alice, "Bremsen") == []
    assert len(found(alice, "Architektur")) == 1
    assert index.counts(["architektur", "bremsen"]) == {"architektur": 2}


def test_the_title_may_change_before_its_passages_are_forgotten(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    video.title = "Something else"
    video.save()
    with write():
        index.forget(video.passages.all())
        index.add(video.passages.all())
    assert found(alice, "something else") == [] or found(alice, "rollers") == ["Oil the rollers"]
    assert index.counts(["oil"]) == {"oil": 1}


def test_clearing_empties_everything(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    with write():
        index.clear()
    assert found(alice, "rollers") == []
    with write():
        index.add(video.passages.all())
    assert found(alice, "rollers") == ["Oil the rollers"]


def test_the_doctor_tells_what_is_only_in_one_of_both(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers", "Wipe them")
    assert [each for each in examine() if each.check == doctor.FOUND] == []
    first, second = video.passages.all()
    with write():
        index.forget([first])
    Passage.objects.filter(pk=second.pk).update(current=False)
    subjects = [each.subject for each in examine() if each.check == doctor.FOUND]
    assert subjects == [f"passage {first.pk}", f"passage {second.pk}"]


def test_a_version_that_is_being_indexed_may_be_there_before_it_is_used(alice: User) -> None:
    video = transcribed(alice, "Chains", "Oil the rollers")
    video.passages.update(current=False)
    assert index.unmatched() != []
    video.transcripts.update(status="indexing", current=False)
    assert index.unmatched() == []
    assert found(alice, "rollers") == []


@pytest.mark.django_db
def test_an_empty_index_gives_nothing() -> None:
    assert index.languages(None) == {}
    assert index.counts([]) == {}
    with write():
        assert index.add([]) == 0
