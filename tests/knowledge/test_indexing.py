"""Versions of a transcript: taken in, indexed, left half-way, taken up, used again, and what goes with a video."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from sessions_app.knowledge import index, storing
from sessions_app.knowledge.actions import housekeeping, indexing
from sessions_app.knowledge.actions.transcripts import (
    BadTranscript,
    TranscriptTooLarge,
    VideoGone,
    take_transcript,
    use_version,
)
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.knowledge.retrieval import retrieve
from sessions_app.models import User
from sessions_app.transactions import write

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(alice: User) -> Video:
    return Video.objects.create(creator=alice, title="Tea")


class Index:
    """What was taken in and out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: set[int] = set()
        monkeypatch.setattr(index, "add", lambda rows: self.held.update(row.pk for row in rows))
        monkeypatch.setattr(index, "forget", lambda rows: self.held.difference_update(row.pk for row in rows))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    return Index(monkeypatch).held


def talk(minutes: int, word: str = "tea") -> str:
    return "\n".join(
        f"{at // 60}:{at % 60:02d} Sentence {at} about {word}." for at in range(0, minutes * 60, 10)
    )


def current(video: Video) -> list[Passage]:
    return list(Passage.objects.filter(video=video, current=True).order_by("number"))


def take(video: Video, raw: bytes | str, **values: Any) -> Transcript:
    return take_transcript(video=video, maker=video.creator, raw=raw, **values)


def test_a_transcript_becomes_passages_that_are_found(video: Video, held: set[int]) -> None:
    transcript = take(video, talk(5), source="tea.txt")
    assert (transcript.number, transcript.status, transcript.current) == (1, "ready", True)
    assert transcript.done == transcript.total == len(current(video)) > 4
    assert held == {row.pk for row in current(video)}
    assert [row.number for row in current(video)] == list(range(transcript.total))
    assert current(video)[0].text.startswith("Sentence 0 about tea.")


def test_another_version_stands_in_for_the_one_before_and_what_was_told_stays(
    video: Video, held: set[int]
) -> None:
    first = take(video, talk(5))
    told = current(video)[2]
    Passage.objects.filter(pk=told.pk).update(told=True)
    second = take(video, talk(3, "coffee"))
    first.refresh_from_db()
    assert (first.current, second.number, second.current) == (False, 2, True)
    assert all("coffee" in row.text for row in current(video))
    assert list(Passage.objects.filter(transcript=first).values_list("pk", flat=True)) == [told.pk]
    assert held == {row.pk for row in current(video)}


def test_the_same_sent_twice_is_one_version(video: Video, held: set[int]) -> None:
    assert take(video, talk(2)).pk == take(video, talk(2)).pk
    assert take(video, talk(2), source="tea.txt").number == 2


def test_what_is_said_behind_a_length_that_was_told_later_is_not_found(video: Video, held: set[int]) -> None:
    transcript = take(video, talk(5))
    Video.objects.update(length_ms=95_000)
    assert indexing.index_again(transcript=transcript)
    assert max(row.end_ms for row in current(video)) == 95_000
    assert "Sentence 100" not in current(video)[-1].text


def test_an_older_version_is_used_again(video: Video, held: set[int]) -> None:
    first = take(video, talk(5))
    told = current(video)[0]
    Passage.objects.filter(pk=told.pk).update(told=True)
    take(video, talk(3, "coffee"))
    use_version(transcript=first)
    first.refresh_from_db()
    assert (first.current, first.status) == (True, "ready")
    assert current(video)[0].text == told.text
    assert current(video)[0].pk != told.pk
    assert held == {row.pk for row in current(video)}
    use_version(transcript=first)
    assert Transcript.objects.filter(current=True).count() == 1


def test_what_cannot_be_read_is_refused_with_its_line_and_nothing_is_written(video: Video) -> None:
    with pytest.raises(BadTranscript) as refused:
        take(video, "\n\nOnly words\n")
    assert refused.value.line == 3
    assert refused.value.sentence.startswith("Line 3: No time was found.")
    assert not Transcript.objects.exists()


def test_what_is_too_large_is_refused(video: Video, settings: Any) -> None:
    settings.MAX_TRANSCRIPT_BYTES = 1_000
    with pytest.raises(TranscriptTooLarge):
        take(video, talk(10))


def test_a_deleted_video_takes_no_transcript(video: Video) -> None:
    Video.objects.update(deleted_at=timezone.now())
    with pytest.raises(VideoGone):
        take(video, talk(1))


def test_what_is_long_waits_for_the_background(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 3)
    transcript = take(video, talk(20))
    assert (transcript.status, transcript.current) == ("waiting", False)
    assert indexing.index_waiting() == 1
    transcript.refresh_from_db()
    assert (transcript.status, transcript.current) == ("ready", True)


class Crash(BaseException):
    """As if the process had ended."""


def crash_after(lots: int, monkeypatch: pytest.MonkeyPatch, held: set[int]) -> None:
    left = [lots]

    def add(rows: Any) -> None:
        if not left[0]:
            raise Crash
        left[0] -= 1
        held.update(row.pk for row in rows)

    monkeypatch.setattr(index, "add", add)


def test_indexing_goes_on_where_it_was_cut_off(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(video, talk(5))
    monkeypatch.setattr(indexing, "LOT", 4)
    with monkeypatch.context() as patched:
        crash_after(2, patched, held)
        with pytest.raises(Crash):
            take(video, talk(20, "coffee"))
    second = Transcript.objects.get(number=2)
    assert (second.status, second.done) == ("indexing", 8)
    assert {row.transcript_id for row in current(video)} == {first.pk}
    assert not indexing.index_transcript(second.pk)  # it may be at work still
    half = set(Passage.objects.filter(transcript=second).values_list("pk", flat=True))
    Transcript.objects.filter(pk=second.pk).update(beat_at=timezone.now() - timedelta(seconds=61))
    assert indexing.index_waiting() == 1
    assert half < {row.pk for row in current(video)} == held
    assert [row.number for row in current(video)] == list(range(len(current(video))))


def test_half_a_version_of_other_lengths_is_written_anew(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(indexing, "LOT", 4)
    with monkeypatch.context() as patched:
        crash_after(2, patched, held)
        with pytest.raises(Crash):
            take(video, talk(20))
    Transcript.objects.update(beat_at=None)
    settings.PASSAGE_SECONDS = 30
    assert indexing.index_waiting() == 1
    assert held == {row.pk for row in current(video)}
    assert Passage.objects.count() == len(held)


def test_a_version_chosen_meanwhile_wins(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(indexing, "AT_ONCE", 0)
        long = take(video, talk(20))
    short = take(video, talk(1, "coffee"))
    assert short.current
    assert indexing.index_waiting() == 0
    long.refresh_from_db()
    assert (long.status, long.error) == ("failed", indexing.SUPERSEDED)
    use_version(transcript=long)
    long.refresh_from_db()
    assert (long.status, long.error, long.current) == ("ready", "", True)


def test_what_goes_wrong_fails_the_version_and_the_former_one_stays(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(video, talk(1))
    with monkeypatch.context() as patched:
        patched.setattr(index, "add", lambda rows: 1 / 0)
        second = take(video, talk(2))
    assert (second.status, second.error) == ("failed", indexing.NOT_INDEXED)
    assert {row.transcript_id for row in current(video)} == {first.pk}


def test_passages_are_made_anew_by_other_lengths(video: Video, held: set[int], settings: Any) -> None:
    transcript = take(video, talk(10))
    before = len(current(video))
    Passage.objects.filter(pk=current(video)[0].pk).update(told=True)
    settings.PASSAGE_SECONDS = 30
    assert indexing.index_again(transcript=transcript)
    assert len(current(video)) > before
    assert held == {row.pk for row in current(video)}
    assert Passage.objects.filter(current=False).count() == 1


def test_the_index_alone_is_rebuilt(video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    take(video, talk(10))
    held.clear()
    monkeypatch.setattr(indexing, "LOT", 3)
    assert indexing.rebuild_index() == len(current(video)) == len(held)


def test_after_a_version_is_ready_hooks_are_called(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Video] = []
    monkeypatch.setattr(indexing, "AFTER", [lambda video: 1 / 0, called.append])
    take(video, talk(1))
    assert called == [video]


def test_a_deleted_video_is_gone_after_a_month(
    video: Video, held: set[int], settings: Any, tmp_path: Path
) -> None:
    settings.VIDEOS_DIR = tmp_path
    film, _ = storing.keep_file([b"x"])
    Video.objects.filter(pk=video.pk).update(file=film)
    take(video, talk(5))
    Video.objects.filter(pk=video.pk).update(deleted_at=timezone.now())
    housekeeping.sweep()
    assert Passage.objects.filter(current=True).exists()
    Video.objects.filter(pk=video.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    housekeeping.sweep()
    assert (Video.objects.count(), held) == (0, set())


@pytest.mark.django_db(transaction=True)
def test_files_of_a_purged_video_go_unless_another_has_them(
    alice: User, settings: Any, tmp_path: Path
) -> None:
    settings.VIDEOS_DIR = tmp_path
    film, picture = storing.keep_file([b"film"])[0], storing.keep_file([b"picture"])[0]
    gone = Video.objects.create(creator=alice, title="Tea", file=film, thumbnail=picture)
    Video.objects.create(creator=alice, title="Other", thumbnail=picture)
    housekeeping.purge_video(video=gone)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [picture]


@pytest.mark.django_db(transaction=True)
def test_the_background_indexes_what_waits(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 0)
    video = Video.objects.create(creator=alice, title="Tea")
    transcript = take(video, talk(5))
    assert indexing.join(20)
    transcript.refresh_from_db()
    assert (transcript.status, transcript.current) == ("ready", True)


def test_halves_of_versions_that_were_left_are_swept(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "LOT", 4)
    with monkeypatch.context() as patched:
        crash_after(2, patched, held)
        with pytest.raises(Crash):
            take(video, talk(20))
    take(video, talk(1, "coffee"))
    while housekeeping.sweep():
        pass
    assert held == {row.pk for row in current(video)}
    assert Passage.objects.count() == len(held)


def crash_before_retiring(monkeypatch: pytest.MonkeyPatch) -> None:
    def retire(keys: Any) -> None:
        if list(keys):
            raise Crash

    monkeypatch.setattr(indexing, "retire", retire)


def test_what_was_in_use_is_taken_out_though_the_process_ended_before(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(video, talk(5))
    told = current(video)[0]
    Passage.objects.filter(pk=told.pk).update(told=True)
    Transcript.objects.update(beat_at=timezone.now() - timedelta(days=9))
    with monkeypatch.context() as patched:
        crash_before_retiring(patched)
        with pytest.raises(Crash):
            take(video, talk(3, "coffee"))
    assert told.pk in index.unmatched()
    housekeeping.sweep()
    assert index.unmatched() == []
    assert list(Passage.objects.filter(transcript=first).values_list("pk", flat=True)) == [told.pk]


def test_indexed_anew_twice_it_stands_once_though_the_process_ended_between(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript = take(video, talk(5))
    count = len(current(video))
    with monkeypatch.context() as patched:
        crash_before_retiring(patched)
        with pytest.raises(Crash):
            indexing.index_again(transcript=transcript)
    assert indexing.index_again(transcript=transcript)
    assert len(current(video)) == count == Passage.objects.count()
    assert index.unmatched() == []


def test_a_length_that_is_told_while_it_is_indexed_counts(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, told = indexing._put_in_use, [95_000]

    def put_in_use(*given: Any) -> Any:
        if told:
            Video.objects.update(length_ms=told.pop())
        return put(*given)

    monkeypatch.setattr(indexing, "_put_in_use", put_in_use)
    take(video, talk(5))
    assert max(row.end_ms for row in current(video)) == 95_000
    assert held == {row.pk for row in current(video)}


def test_a_version_with_a_hole_is_written_anew(
    video: Video, held: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = indexing._put_in_use

    def put_in_use(transcript: Transcript, *given: Any) -> Any:
        Passage.objects.filter(transcript=transcript, number=1).delete()
        return put(transcript, *given)

    with monkeypatch.context() as patched:
        patched.setattr(indexing, "_put_in_use", put_in_use)
        assert take(video, talk(5)).status == "waiting"
    assert indexing.index_waiting() == 1
    assert len(current(video)) == Transcript.objects.get().total == Passage.objects.count()


def test_a_deleted_video_that_is_restored_is_found_again_also_after_the_index_was_made_anew(
    video: Video,
) -> None:
    take(video, talk(5))
    with write():
        index.clear()
    Video.objects.update(deleted_at=timezone.now())
    assert indexing.rebuild_index() == len(current(video))
    assert retrieve(user_id=video.creator_id, question="tea") == []
    Video.objects.update(deleted_at=None)
    assert retrieve(user_id=video.creator_id, question="tea") != []
    assert index.unmatched() == []
