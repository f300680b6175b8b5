"""Choosing the videos of a session: what may be chosen, what stays, whose session it is."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sessions_app.actions.attachments import take_files
from sessions_app.actions.drafts import keep_draft
from sessions_app.actions.settings import MOST_VIDEOS, BadSetting
from sessions_app.knowledge.actions.choosing import (
    NoSuchVideo,
    add_video,
    begin_session,
    choose_videos,
    remove_video,
)
from sessions_app.knowledge.chosen import chosen_in, cited_in, found_for
from sessions_app.knowledge.models import Reference, SessionCreator, Video
from sessions_app.models import ChatSession, Draft, Message, SessionMember, User

from .places import make_video


def keys(chat: ChatSession) -> list[str]:
    return list(ChatSession.objects.get(pk=chat.pk).settings.get("videos", []))


@pytest.fixture
def shared(chat: ChatSession, bob: User) -> ChatSession:
    """Alice's, in which bob writes too."""
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    return chat


def test_what_is_chosen_is_kept_in_order_and_raises_the_version(chat: ChatSession, alice: User) -> None:
    first, second = make_video(alice, "First"), make_video(alice, "Second")
    choose_videos(chat=chat, person=alice, videos=[second.pk, first.pk, second.pk])
    assert keys(chat) == [str(second.pk), str(first.pk)]
    assert ChatSession.objects.get(pk=chat.pk).version == chat.version + 1
    third = make_video(alice, "Third")
    choose_videos(chat=chat, person=alice, videos=[third.pk, first.pk, second.pk])
    assert keys(chat) == [str(second.pk), str(first.pk), str(third.pk)]
    remove_video(chat=chat, person=alice, video=second.pk)
    assert keys(chat) == [str(first.pk), str(third.pk)]
    choose_videos(chat=chat, person=alice, videos=[])
    assert "videos" not in ChatSession.objects.get(pk=chat.pk).settings


def test_choosing_the_same_again_changes_nothing(chat: ChatSession, alice: User) -> None:
    video = make_video(alice)
    choose_videos(chat=chat, person=alice, videos=[video.pk])
    version = ChatSession.objects.get(pk=chat.pk).version
    choose_videos(chat=chat, person=alice, videos=[video.pk])
    assert ChatSession.objects.get(pk=chat.pk).version == version


def test_what_somebody_may_not_see_they_do_not_choose(chat: ChatSession, alice: User, bob: User) -> None:
    hidden = make_video(bob, visibility=Video.Visibility.PRIVATE)
    own = make_video(alice)
    with pytest.raises(NoSuchVideo):
        choose_videos(chat=chat, person=alice, videos=[own.pk, hidden.pk])
    with pytest.raises(NoSuchVideo):
        choose_videos(chat=chat, person=alice, videos=["no key"])
    assert keys(chat) == []


def test_what_others_chose_and_one_may_not_see_stays_and_is_counted(
    shared: ChatSession, alice: User, bob: User
) -> None:
    bobs = make_video(bob, "Bobs own", visibility=Video.Visibility.PRIVATE)
    public = make_video(bob, "Public")
    choose_videos(chat=shared, person=bob, videos=[bobs.pk, public.pk])
    seen = chosen_in(alice, ChatSession.objects.get(pk=shared.pk))
    assert ([row.title for row in seen.rows], seen.unseen) == (["Public"], 1)
    assert seen.unseen_words == "1 more video you may not see"
    choose_videos(chat=shared, person=alice, videos=[])
    assert keys(shared) == [str(bobs.pk)]
    remove_video(chat=shared, person=alice, video=bobs.pk)
    assert keys(shared) == [str(bobs.pk)]
    bobs.deleted_at = timezone.now()
    bobs.save()
    assert chosen_in(alice, ChatSession.objects.get(pk=shared.pk)).unseen == 0
    choose_videos(chat=shared, person=alice, videos=[])
    assert keys(shared) == []


def test_at_most_fifty_are_chosen(chat: ChatSession, alice: User) -> None:
    videos = Video.objects.bulk_create(
        Video(creator=alice, title=f"No. {n}", url="https://example.org") for n in range(MOST_VIDEOS + 1)
    )
    with pytest.raises(BadSetting, match="are at most 50"):
        choose_videos(chat=chat, person=alice, videos=[video.pk for video in videos])
    assert keys(chat) == []


def test_a_session_about_the_videos_of_one_creator_is_theirs(
    chat: ChatSession, alice: User, bob: User
) -> None:
    of_bob, more, own = make_video(bob, "A"), make_video(bob, "B"), make_video(alice, "C")
    choose_videos(chat=chat, person=alice, videos=[of_bob.pk, more.pk])
    assert SessionCreator.objects.get(session=chat).creator == bob
    add_video(chat=chat, person=alice, video=own)
    assert not SessionCreator.objects.filter(session=chat).exists()
    choose_videos(chat=chat, person=alice, videos=[own.pk])
    assert SessionCreator.objects.get(session=chat).creator == alice
    choose_videos(chat=chat, person=alice, videos=[])
    assert not SessionCreator.objects.filter(session=chat).exists()


def test_a_session_begun_with_videos_takes_what_waited_for_it(alice: User) -> None:
    video = make_video(alice)
    keep_draft(user=alice, chat=None, content="Half a quest")
    file = take_files(owner=alice, chat=None, uploads=[SimpleUploadedFile("a.txt", b"words")])[0].attachment
    assert file is not None
    begun = begin_session(person=alice, videos=[video.pk], draft="Half a question")
    assert begun.settings == {"videos": [str(video.pk)]}
    assert list(Draft.objects.values_list("session", "content")) == [(begun.pk, "Half a question")]
    file.refresh_from_db()
    assert file.session_id == begun.pk


def test_rows_say_how_far_the_transcript_is(chat: ChatSession, alice: User) -> None:
    ready = make_video(alice, "Ready", words=("One.", "Two."))
    coming = make_video(alice, "Coming")
    coming.transcripts.create(number=1, format="vtt", text="", status="indexing")
    empty = make_video(alice, "Empty", length_ms=None)
    choose_videos(chat=chat, person=alice, videos=[empty.pk, ready.pk, coming.pk])
    seen = chosen_in(alice, ChatSession.objects.get(pk=chat.pk))
    assert [(row.title, row.state, row.length) for row in seen.rows] == [
        ("Empty", "no transcript yet", ""),
        ("Ready", "2 passages", "10:00"),
        ("Coming", "transcript is being indexed", "10:00"),
    ]
    assert seen.starters[0].title == "What is this about?"


def test_videos_are_found_by_words_of_title_and_creator(alice: User, bob: User) -> None:
    make_video(alice, "Tying a bowline")
    make_video(bob, "Tying a hitch")
    make_video(bob, "Not for Alice", visibility=Video.Visibility.PRIVATE)

    def titles(words: str) -> list[str]:
        return [row.title for row in found_for(alice, words, [])[0]]

    assert titles("") == ["Tying a hitch", "Tying a bowline"]
    assert titles("TYING hit") == ["Tying a hitch"]
    assert titles("bob tying") == ["Tying a hitch"]
    assert titles("not for") == []


def test_references_of_a_session_are_counted_and_lead_only_where_one_may_look(
    chat: ChatSession, alice: User, bob: User
) -> None:
    video = make_video(bob, "Knots", words=("One.", "Two."))
    passage = video.passages.get(number=1)
    answer = Message.objects.create(session=chat, role="assistant", content="So.", position=1)
    for number in (1, 2):
        Reference.objects.create(
            message=answer, number=number, video=video, passage=passage, title="Knots", start_ms=10_000,
            end_ms=20_000, at=timezone.now(),
        )  # fmt: skip
    (cited,) = cited_in(alice, chat)
    assert (cited.title, cited.count, [time for time, _ in cited.moments]) == ("Knots", 2, ["0:10"])
    assert cited.moments[0][1].startswith(f"/videos/{video.pk}/?at=10&passage=v")
    Video.objects.update(visibility=Video.Visibility.PRIVATE)
    (cited,) = cited_in(alice, chat)
    assert (cited.path, cited.moments) == ("", [("0:10", "")])
