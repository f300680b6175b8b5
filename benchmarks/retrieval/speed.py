"""How long finding takes among 400,000 passages of 2,000 videos."""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import corpus, distractors

VIDEOS = 2_000
PASSAGES = 200  # of a video
SENTENCES = 30_000
RARE = 40_000  # made-up words, the few of them in much of what is said
SAID = 11  # sentences in a passage
LISTED = 3
SOME = 100  # of the videos, too many to look into one by one


@dataclass(frozen=True, slots=True)
class SpeedFigures:
    """Milliseconds by what is looked in: the median over all questions, the slowest one, and the median by the
    processor. Passages indexed in a second; megabytes that the process grew by while it asked."""

    one: tuple[float, float, float]
    twenty: tuple[float, float, float]
    everything: tuple[float, float, float]
    listed: tuple[float, float, float]
    some: tuple[float, float, float]
    indexed: float
    grown: float


def fill(creator: Any, videos: int = VIDEOS) -> float:
    """Passages that were indexed in a second."""
    from sessions_app.knowledge import index
    from sessions_app.knowledge.models import Passage, Transcript, Video
    from sessions_app.transactions import write

    chance = random.Random(distractors.SEED)
    said = list(_sentences(chance))
    began, spent = time.monotonic(), 0.0
    for number in range(videos):
        with write():
            title = " ".join(chance.choice(said).split()[2:6])
            video = Video.objects.create(creator=creator, title=title, visibility="everyone")
            transcript = Transcript.objects.create(video=video, number=1, format="vtt", text="", current=True)
            rows = Passage.objects.bulk_create(_passages(video, transcript, said, chance))
            started = time.monotonic()
            index.add(rows)
            spent += time.monotonic() - started
        if number % 500 == 499:
            print(f"{number + 1} videos after {time.monotonic() - began:.0f} s", file=sys.stderr)
    return videos * PASSAGES / spent


def _passages(video: Any, transcript: Any, said: Sequence[str], chance: random.Random) -> Iterator[Any]:
    from sessions_app.knowledge.models import Passage

    for number in range(PASSAGES):
        text = " ".join(chance.choices(said, k=SAID))
        start = number * 50_000
        yield Passage(
            video=video,
            transcript=transcript,
            number=number,
            start_ms=start,
            end_ms=start + 60_000,
            text=text,
        )


def _sentences(chance: random.Random) -> Iterator[str]:
    """Half of them of subjects, half of made-up words that are as unevenly frequent as those of a language."""
    syllables = [
        a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "os", "un")
    ]
    made = ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(RARE)]
    weights = [1 / (place + 10) for place in range(RARE)]
    common = [
        "the",
        "of",
        "and",
        "to",
        "in",
        "that",
        "is",
        "it",
        "you",
        "for",
        "on",
        "with",
        "as",
        "this",
        "are",
    ]
    for number in range(SENTENCES):
        if number % 2:
            yield distractors.sentence(chance.choice(distractors.SUBJECTS), chance)
        else:
            words = [
                word for pair in zip(chance.choices(made, weights, k=7), chance.choices(common, k=7), strict=True)
                for word in pair
            ]  # fmt: skip
            yield f"{' '.join(words).capitalize()}."


def measure(member: Any, indexed: float) -> SpeedFigures:
    from sessions_app.knowledge.models import Video, VideoViewer

    keys = list(Video.objects.order_by("pk").values_list("pk", flat=True))
    questions = [each.question for each in corpus.questions()]
    asked(member, questions[:10], lambda _: None)
    before = resident()
    one = asked(member, questions, lambda number: [keys[number % len(keys)]])
    twenty = asked(member, questions, lambda number: keys[number : number + 20])
    everything = asked(member, questions, lambda _: None)
    Video.objects.update(visibility="listed")
    viewers = [VideoViewer(video_id=key, user=member) for key in keys[:: max(1, len(keys) // SOME)]]
    VideoViewer.objects.bulk_create(viewers)
    some = asked(member, questions, lambda _: None)
    VideoViewer.objects.exclude(video__in=keys[:LISTED]).delete()
    VideoViewer.objects.bulk_create(
        [VideoViewer(video_id=key, user=member) for key in keys[:LISTED]], ignore_conflicts=True
    )
    listed = asked(member, questions, lambda _: None)
    return SpeedFigures(one, twenty, everything, listed, some, indexed, resident() - before)


def asked(
    user: Any, questions: Sequence[str], videos: Callable[[int], Sequence[Any] | None]
) -> tuple[float, float, float]:
    """The median, the slowest, and the median by the processor; each question is asked once."""
    from sessions_app.knowledge.retrieval import retrieve

    taken, worked = [], []
    for number, question in enumerate(questions):
        named = videos(number)
        began, work = time.perf_counter(), time.thread_time()
        retrieve(user_id=user.pk, question=question, videos=named)
        taken.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.thread_time() - work))
    return statistics.median(taken), max(taken), statistics.median(worked)


def resident() -> float:
    """Megabytes of this process."""
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
