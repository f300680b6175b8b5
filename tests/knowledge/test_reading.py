"""Words of passages, for who may see their videos."""

from __future__ import annotations

import pytest

from sessions_app.agent.passages import key_of
from sessions_app.knowledge.reading import texts_of
from sessions_app.models import User

from .kept import passage_of, video_of

pytestmark = pytest.mark.django_db


def test_words_are_for_who_may_see_the_video_alone(alice: User, bob: User) -> None:
    passage = passage_of(video_of(alice, visibility="private"))
    key = key_of(passage.pk)
    assert texts_of([key], alice.pk) == {key: passage.text}
    assert texts_of([key], bob.pk) == {}


def test_a_key_beyond_all_numbers_is_none(alice: User) -> None:
    passage = passage_of(video_of(alice))
    key = key_of(passage.pk)
    assert texts_of([key, "v" + 13 * "z", key_of(2**63)], alice.pk) == {key: passage.text}
