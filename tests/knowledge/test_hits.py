"""Questions in other words than the transcripts' get their answers among the first five; `python -m benchmarks.retrieval`
measures it among ten times as many other videos."""

from __future__ import annotations

from benchmarks.retrieval import corpus, hits
from sessions_app.models import User

DISTRACTORS = 30
REACH = 0.85


def test_answers_are_among_the_first_five(alice: User, bob: User) -> None:
    videos = hits.fill(alice, DISTRACTORS)
    seen = hits.measure(bob, videos, corpus.questions())
    assert seen.hits >= REACH, f"{seen.hits:.2f}: {seen.missed}"
    held_out = hits.measure(bob, videos, corpus.questions("held_out"))
    assert held_out.hits >= REACH, f"{held_out.hits:.2f}: {held_out.missed}"


def test_the_corpus_is_whole() -> None:
    names, asked = corpus.names(), corpus.questions()
    assert len(names) == 12
    assert len(asked) == 60
    assert len(corpus.questions("held_out")) == 20
    for name in names:
        cues = corpus.cues(name)
        assert 8 * 60 <= cues[-1][1] / 1000 <= 15 * 60
        assert sum(each.video == name for each in asked) == 5
        assert all(0 < each.start < each.end <= cues[-1][1] / 1000 for each in asked if each.video == name)
