"""Videos by REST."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.actions.searching import note_messages
from sessions_app.agent.passages import key_of
from sessions_app.api.shapes import MessageShape
from sessions_app.knowledge.api.chosen import ChosenShape
from sessions_app.knowledge.api.shapes import CuesShape, PassagesShape, TranscriptShape, VideoShape
from sessions_app.knowledge.models import Creator, Passage, Transcript, Video
from sessions_app.models import ChatSession, SessionMember, User
from tests.api.held import fits
from tests.api.program import Program, problem

from .kept import MARKER, cites, passage_of, video_of

URL = "https://videos.example.org/a"
CUES = "0:05 Hold the blade low.\n0:20 Then push it slowly.\n"


@pytest.fixture
def alices(as_alice: Client) -> Program:
    return Program(as_alice)


@pytest.fixture
def bobs(as_bob: Client) -> Program:
    return Program(as_bob)


@pytest.fixture
def creator(alice: User) -> User:
    Creator.objects.create(user=alice)
    return alice


@pytest.fixture
def video(creator: User) -> Video:
    return video_of(creator)


def test_a_creator_adds_reads_changes_and_deletes_a_video(alices: Program, creator: User, bob: User) -> None:
    body = {
        "title": " Sharpening  a chisel",
        "url": "https://example.org/v",
        "visibility": "listed",
        "viewers": ["bob"],
    }
    response = alices.post("chat/videos", body)
    assert response.status_code == 201
    made = response.json()
    assert fits(VideoShape, made)
    assert (made["title"], made["own"], made["viewers"]) == ("Sharpening a chisel", True, ["bob"])
    path = f"chat/videos/{made['id']}"
    old = alices.get(path)["ETag"]
    changed = alices.patch(path, {"visibility": "everyone", "viewers": []}, **{"If-Match": old}).json()
    assert (changed["visibility"], changed["viewers"]) == ("everyone", [])
    assert changed == alices.get(path).json()
    refused = alices.patch(path, {"title": "Other"}, **{"If-Match": old})
    assert (refused.status_code, problem(refused)) == (412, "changed_meanwhile")
    assert alices.delete(path, **{"If-Match": old}).status_code == 412
    assert alices.delete(path).status_code == 204
    assert alices.get(path).status_code == alices.delete(path).status_code == 404


def test_the_same_key_adds_one_video(alices: Program, creator: User) -> None:
    found = [
        alices.post("chat/videos", {"title": "A", "url": URL}, **{"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert found[0].json() == found[1].json()
    assert Video.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"title": 5}, 400, "invalid"),
        ({"title": "A", "url": URL, "creator": 1}, 400, "invalid"),
        ({"title": "A", "url": URL, "length_ms": -1}, 400, "invalid"),
        ({"title": "A", "url": URL, "visibility": "all"}, 400, "invalid"),
        ({"title": "A", "url": URL, "visibility": "listed", "viewers": ["nobody-here"]}, 422, "bad_video"),
        ({"title": "", "url": URL}, 422, "bad_video"),
        ({"title": "x" * 201, "url": URL}, 422, "bad_video"),
        ({"title": "A", "url": ""}, 422, "bad_video"),
    ],
)
def test_what_cannot_be_is_refused(alices: Program, creator: User, body: Any, status: int, code: str) -> None:
    response = alices.post("chat/videos", body)
    assert (response.status_code, problem(response)) == (status, code)
    assert not Video.objects.exists()


def test_who_is_no_creator_adds_nothing(bobs: Program) -> None:
    response = bobs.post("chat/videos", {"title": "A", "url": URL})
    assert (response.status_code, problem(response)) == (403, "not_creator")


def test_lists_hold_what_a_person_may_see(alices: Program, bobs: Program, creator: User, bob: User) -> None:
    video_of(creator, title="Private")
    video_of(creator, title="Of some", visibility="listed", viewers=[bob])
    video_of(creator, title="Of others", visibility="listed")
    german = video_of(creator, title="Für alle", language="de-AT", visibility="everyone")
    video_of(bob, title="Bobs own")

    def titles(program: Program, query: str = "") -> list[str]:
        return sorted(row["title"] for row in program.get(f"chat/videos{query}").json()["results"])

    assert titles(bobs) == ["Bobs own", "Für alle", "Of some"]
    assert titles(bobs, "?mine=true") == ["Bobs own"]
    assert titles(bobs, "?mine=false&language=de") == ["Für alle"]
    assert titles(bobs, "?words=some%20of") == ["Of some"]
    assert titles(alices) == ["Für alle", "Of others", "Of some", "Private"]
    first = alices.get("chat/videos?limit=1").json()
    assert alices.client.get(first["next"]).status_code == 200
    assert fits(VideoShape, bobs.get(f"chat/videos/{german.pk}").json())
    assert bobs.get(f"chat/videos/{german.pk}").json()["viewers"] is None
    assert bobs.patch(f"chat/videos/{german.pk}", {"title": "X"}).status_code == 404


def test_a_list_takes_as_many_queries_for_many_videos_as_for_one(alices: Program, creator: User) -> None:
    counts = []
    for number in range(4):
        passage_of(video_of(creator, title=f"{number}"))
        if number in (0, 3):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                alices.get("chat/videos")
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_transcripts_are_versions(alices: Program, bobs: Program, video: Video) -> None:
    path = f"chat/videos/{video.pk}/transcripts"
    first = alices.post(path, {"text": CUES, "source": "a.txt"})
    assert first.status_code == 201
    assert fits(TranscriptShape, first.json())
    assert alices.post(path, {"text": "0:01 Another.\n"}).json()["number"] == 2
    listed = alices.get(path).json()["results"]
    assert [(row["number"], row["current"]) for row in listed] == [(2, True), (1, False)]
    whole = alices.get(f"{path}/1").json()
    assert fits(CuesShape, whole)
    assert [cue["text"] for cue in whole["cues"]] == ["Hold the blade low.", "Then push it slowly."]
    part = alices.get(f"{path}/1?first_ms=21000").json()
    assert [cue["start_ms"] for cue in part["cues"]] == [20_000]
    assert alices.get(f"{path}/3").status_code == alices.get(f"{path}/{10**30}").status_code == 404
    assert bobs.get(path).status_code == bobs.post(path, {"text": CUES}).status_code == 404
    Video.objects.update(visibility="everyone")
    assert [row["number"] for row in bobs.get(path).json()["results"]] == [2]
    assert bobs.get(f"{path}/1").status_code == bobs.post(path, {"text": CUES}).status_code == 404


def test_a_transcript_that_cannot_be_used_is_refused_with_its_line(alices: Program, video: Video) -> None:
    response = alices.post(f"chat/videos/{video.pk}/transcripts", {"text": "No time anywhere.\n"})
    assert response.status_code == 422
    assert problem(response)
    assert "1" in str(response.json())
    assert not Transcript.objects.exists()


def test_a_long_transcript_is_taken_whole(alices: Program, video: Video, settings: Any) -> None:
    """Longer than bodies may be elsewhere; and one above its own limit is refused."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    text = "".join(f"{at // 60}:{at % 60:02d} What is said in second {at}.\n" for at in range(200))
    assert alices.post(f"chat/videos/{video.pk}/transcripts", {"text": text}).status_code == 201
    settings.MAX_TRANSCRIPT_BYTES = 1_000
    response = alices.post(f"chat/videos/{video.pk}/transcripts", {"text": text * 4})
    assert response.status_code in (413, 422)


# ---------------------------------------------------------------- passages


def test_passages_come_with_the_rights_of_whoever_asks(alices: Program, bobs: Program, video: Video) -> None:
    passage = passage_of(video)
    found = alices.get("chat/videos/search?q=How+low+is+the+blade").json()
    assert fits(PassagesShape, found)
    assert [row["key"] for row in found["results"]] == [key_of(passage.pk)]
    assert MARKER in found["results"][0]["text"]
    path = f"chat/videos/search?q=blade&videos={video.pk}"
    assert bobs.get(path).json() == {"results": []}
    Video.objects.update(visibility="everyone")
    assert len(bobs.get(path).json()["results"]) == 1
    assert bobs.get(f"chat/videos/search?q=blade&videos={uuid.uuid4()}").json() == {"results": []}
    Video.objects.update(visibility="private")
    assert MARKER not in bobs.get("chat/videos/search?q=blade").content.decode()


@pytest.mark.parametrize("query", ["", "?q=", "?q=a&videos=x", "?q=a&limit=0", "?q=a&more=1", "?q=a&q=b"])
def test_a_search_that_cannot_be_is_refused(alices: Program, query: str) -> None:
    response = alices.get(f"chat/videos/search{query}")
    assert (response.status_code, problem(response)) == (400, "invalid")


# ---------------------------------------------------------------- of a session


def test_a_session_gets_its_videos(
    alices: Program, bobs: Program, chat: ChatSession, video: Video, bob: User
) -> None:
    path = f"chat/sessions/{chat.pk}/videos"
    assert alices.get(path).json() == {"videos": [], "hidden": 0}
    old = alices.get(path)["ETag"]
    second = video_of(video.creator, title="Another", visibility="everyone")
    chosen = alices.put(path, {"videos": [str(second.pk), str(video.pk)]}, **{"If-Match": old})
    assert chosen.status_code == 200
    assert fits(ChosenShape, chosen.json())
    assert [row["title"] for row in chosen.json()["videos"]] == ["Another", video.title]
    assert chosen.json() == alices.get(path).json()
    chat.refresh_from_db()
    assert chat.settings["videos"] == [str(second.pk), str(video.pk)]
    assert alices.put(path, {"videos": []}, **{"If-Match": old}).status_code == 412
    SessionMember.objects.create(session=chat, user=bob)
    seen = bobs.get(path).json()
    assert ([row["title"] for row in seen["videos"]], seen["hidden"]) == (["Another"], 1)
    assert str(video.pk) not in bobs.get(path).content.decode()


def test_what_a_person_may_not_see_cannot_be_chosen(bobs: Program, bob: User, video: Video) -> None:
    own = ChatSession.objects.create(owner=bob, model="offline", provider="offline")
    refused = bobs.put(f"chat/sessions/{own.pk}/videos", {"videos": [str(video.pk)]})
    missing = bobs.put(f"chat/sessions/{own.pk}/videos", {"videos": [str(uuid.uuid4())]})
    assert refused.status_code == missing.status_code
    assert 400 <= refused.status_code < 500
    assert refused.json() == missing.json()
    own.refresh_from_db()
    assert not own.settings.get("videos")


# ---------------------------------------------------------------- in answers


def citations(program: Program, chat: ChatSession) -> list[dict[str, Any]]:
    rows = program.get(f"chat/sessions/{chat.pk}/messages").json()["results"]
    answer = next(row for row in rows if row["role"] == "assistant")
    assert fits(MessageShape, answer)
    assert [MARKER in str(row["parts"]) for row in rows] == [False, False]
    found: list[dict[str, Any]] = answer["citations"]
    return found


def test_an_answer_tells_its_references(
    alices: Program, bobs: Program, chat: ChatSession, video: Video, bob: User
) -> None:
    passage = passage_of(video)
    cites(chat, passage)
    (found,) = citations(alices, chat)
    assert (found["number"], found["title"], found["cited"]) == (1, video.title, "")
    assert (found["video"], found["passage"]) == (str(video.pk), key_of(passage.pk))
    assert (found["start_ms"], found["end_ms"], found["similarity"]) == (83_200, 123_200, 0.71)
    assert found["excerpt"] == passage.text
    SessionMember.objects.create(session=chat, user=bob)
    (of_bob,) = citations(bobs, chat)
    assert of_bob == found | {"excerpt": None}


def test_words_of_passages_take_one_query_and_none_without_any(
    alices: Program, chat: ChatSession, video: Video
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as found:
            alices.get(f"chat/sessions/{chat.pk}/messages")
        return [each["sql"] for each in found if "knowledge_passage" in each["sql"]]

    cites(chat, text="Nothing")
    assert queries() == []
    for _ in range(3):
        cites(chat, passage_of(video))
    assert len(queries()) == 1


def test_words_of_passages_are_in_no_message_and_no_search_of_messages_finds_them(
    alices: Program, chat: ChatSession, video: Video
) -> None:
    row = cites(chat, passage_of(video))
    assert row.parent is not None
    note_messages(messages=[row.pk, row.parent.pk])
    assert alices.get("chat/search?q=low").json()["total"] > 0
    assert alices.get(f"chat/search?q={MARKER}").json()["total"] == 0
    assert MARKER in Passage.objects.get().text
