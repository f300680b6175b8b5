"""What answers refer to in videos on its way out: in every format, to strangers, and in again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from export_app import jobs
from export_app.actions.building import update_session
from export_app.actions.exporting import begin_export
from export_app.actions.sharing import Terms, change_share, share_session
from export_app.bulk import keeping
from export_app.bulk.rights import all_readable
from export_app.importers.workspace import read_session, schema
from export_app.models import ExportJob, ImportedSession, ShareEntry
from export_app.renderers import formats
from export_app.shares.links import path_of
from export_app.transcript import Transcript
from sessions_app.actions.branching import branch_session, duplicate_session
from sessions_app.agent.passages import key_of
from sessions_app.knowledge.models import Passage, Reference, Video
from sessions_app.models import ChatSession, Message, SessionMember, ToolCall, User
from tests.exports.carried import imported, same_text
from tests.knowledge.kept import MARKER, TITLE, citation, cites, passage_of, told, video_of

from .test_cards import as_text

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
PEOPLE = ["markdown", "text", "html", "pdf", "word"]


@pytest.fixture(autouse=True)
def exports(settings: Any, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


@pytest.fixture
def passage(alice: User) -> Passage:
    return passage_of(video_of(alice))


@pytest.fixture
def answered(chat: ChatSession, passage: Passage) -> ChatSession:
    """An answer with a page of the web and a passage, which a search found before it."""
    row = cites(chat, passage)
    web = {"url": "https://example.org/steel", "title": "Steel", "cited": "It is hard."}
    call = ToolCall.objects.create(
        message=row, turn=1, tool_name="search_video_transcripts", tool_use_id="use-1", input={"query": "low"},
        result={"query": "low", "passages": [told(passage).kept]}, status="success",
    )  # fmt: skip
    part = {"kind": "tool_call", "turn": 1, "id": str(call.pk), "name": call.tool_name, "input": call.input}
    row.parts = [
        part | {"tool_use_id": "use-1"},
        {"kind": "text", "turn": 1, "text": "Steel is hard.", "citations": [web]},
        {
            "kind": "text",
            "turn": 1,
            "text": " Keep it low.",
            "citations": [citation(passage)],
            "marks": "[cite:v1]",
        },
    ]
    row.content = "Steel is hard. Keep it low."
    row.save()
    chat.settings = {"videos": [str(passage.video_id)]}
    chat.save()
    return chat


def exported(chat: ChatSession, name: str = "json", reader: User | None = None, **given: Any) -> bytes:
    renderer = formats()[name]
    options = renderer.chosen(given)
    source = Transcript(ChatSession.objects.get(pk=chat.pk), reader=reader.pk if reader else None)
    return b"".join(renderer.render(renderer.transcript(source, options), options))


def citations_of(data: bytes) -> list[dict[str, Any]]:
    parts = [part for message in json.loads(data)["messages"] for part in message["parts"]]
    return [each for part in parts for each in part.get("citations", [])]


def stored(chat: ChatSession) -> str:
    """Everything of a session that is stored, but for its title."""
    rows = Message.objects.filter(session=chat).values_list("parts", "content", "html", "revisions")
    calls = ToolCall.objects.filter(message__session=chat).values_list("input", "result")
    return json.dumps([*rows, *calls], default=str)


# ---------------------------------------------------------------- out


@pytest.mark.parametrize("name", PEOPLE)
def test_formats_for_people_list_references_below_the_answer(
    answered: ChatSession, alice: User, bob: User, tmp_path: Path, name: str
) -> None:
    text = as_text(name, exported(answered, name, alice, versions="on", tools="on"), tmp_path)
    flat = " ".join(text.split())
    assert flat.count(MARKER) == 1
    assert f"{TITLE}, 1:23" in flat
    assert (
        flat.index("Keep it low") < flat.index("Sources") < flat.index(f"{TITLE}, 1:23") < flat.index(MARKER)
    )
    without = as_text(name, exported(answered, name, bob, versions="on", tools="on"), tmp_path)
    assert MARKER not in without
    assert f"{TITLE}, 1:23" in " ".join(without.split())


def test_a_link_leads_to_the_second_of_the_video(answered: ChatSession, alice: User, bob: User) -> None:
    text = exported(answered, "markdown", alice).decode()
    assert "Steel is hard. [\\[1\\]](<https://example.org/steel>)" in text
    assert "low. [\\[2\\]](<https://videos.example.org/chisel#t=83>)" in text
    assert f"2. [{TITLE}, 1:23](<https://videos.example.org/chisel#t=83>)" in text
    assert f"> Hold the blade low, {MARKER}." in text
    assert "chisel#t" not in exported(answered, "markdown", bob).decode()
    Video.objects.update(url="", file="a.mp4")
    text = exported(answered, "markdown", alice).decode()
    assert f"2. {TITLE}, 1:23 (`/videos/{Video.objects.get().pk}/?at=83.2&passage=" in text
    assert "/videos/" not in exported(answered, "markdown", bob).decode().partition("Sources")[2]


def test_a_video_made_private_leaves_its_title(answered: ChatSession, bob: User) -> None:
    Video.objects.update(visibility="everyone")
    assert MARKER in exported(answered, "markdown", bob).decode()
    Video.objects.update(visibility="private")
    data = exported(answered, "markdown", bob).decode()
    assert MARKER not in data
    assert f"{TITLE}, 1:23" in data


def test_a_passage_is_never_markup(chat: ChatSession, alice: User) -> None:
    hostile = "</li><script>alert(1)</script> ![x](https://tracker.example/p.png) [a](javascript:b)\n\n# Head"
    cites(chat, passage_of(video_of(alice, title="<b>*T*</b>"), hostile))
    page = exported(chat, "html", alice).decode()
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "<h1>Head" not in page


def test_json_has_references_with_their_words(
    answered: ChatSession, passage: Passage, alice: User, bob: User
) -> None:
    data = exported(answered, reader=alice)
    assert [problem.message for problem in Draft202012Validator(schema()).iter_errors(json.loads(data))] == []
    web, found = citations_of(data)
    assert web == {"url": "https://example.org/steel", "title": "Steel", "cited": "It is hard."}
    assert found == citation(passage) | {
        "excerpt": passage.text, "link": "https://videos.example.org/chisel#t=83",
    }  # fmt: skip
    assert data.decode().count(MARKER) == 1
    for reader in (bob, None):
        told = exported(answered, reader=reader)
        assert citations_of(told)[1] == citation(passage)
        assert MARKER not in told.decode()


def test_words_take_one_query_a_page_of_messages(answered: ChatSession, alice: User) -> None:
    cites(answered, passage_of(Video.objects.get(), start_ms=200_000))
    with CaptureQueriesContext(connection) as queries:
        exported(answered, reader=alice)
    assert sum("knowledge_passage" in each["sql"] for each in queries) == 1


# ---------------------------------------------------------------- in again


def test_the_same_person_gets_the_same_back_and_no_words_are_stored(
    answered: ChatSession, alice: User, passage: Passage
) -> None:
    data = exported(answered, reader=alice)
    notes: list[str] = []
    new = imported(data, alice, notes)
    assert notes == []
    assert same_text(exported(new, reader=alice)) == same_text(data)
    assert MARKER not in stored(new)
    assert new.settings["videos"] == [str(passage.video_id)]


def test_another_person_keeps_title_time_and_the_words_that_came(
    answered: ChatSession, alice: User, bob: User, passage: Passage
) -> None:
    data = exported(answered, reader=alice)
    notes: list[str] = []
    new = imported(data, bob, notes)
    assert any("Videos" in each for each in notes)
    web, found = citations_of(exported(new, reader=bob))
    assert web == {"url": "https://example.org/steel", "title": "Steel", "cited": "It is hard."}
    assert found == {
        "url": "https://videos.example.org/chisel#t=83", "title": TITLE, "cited": passage.text, "start_ms": 83_200,
        "end_ms": 123_200,
    }  # fmt: skip
    everything = stored(new)
    assert str(passage.video_id) not in everything
    assert f'"{key_of(passage.pk)}"' not in everything
    assert "/videos/" not in everything
    assert TITLE in everything
    assert "videos" not in new.settings
    again = exported(new, reader=bob)
    assert same_text(exported(imported(again, bob), reader=bob)) == same_text(again)


def test_who_may_see_the_video_refers_to_it_again(answered: ChatSession, alice: User, bob: User) -> None:
    Video.objects.update(visibility="everyone")
    data = exported(answered, reader=bob)
    new = imported(data, bob)
    assert same_text(exported(new, reader=bob)) == same_text(data)
    assert MARKER not in stored(new)
    Video.objects.update(visibility="private")
    assert MARKER not in exported(new, reader=bob).decode()


def test_words_that_a_file_puts_beside_a_passage_are_not_stored(answered: ChatSession, alice: User) -> None:
    new = imported(forged(exported(answered, reader=alice), cited=f"About {MARKER}."), alice)
    assert MARKER not in stored(new)
    assert citations_of(exported(new, reader=alice))[1]["passage"]


def forged(data: bytes, **changes: Any) -> bytes:
    found = json.loads(data)
    for message in found["messages"]:
        for part in message["parts"]:
            for each in part.get("citations", []):
                if "passage" in each:
                    each |= changes
    return json.dumps(found).encode()


def test_a_passage_of_another_video_is_not_referred_to(answered: ChatSession, alice: User) -> None:
    """A file of another workspace may name a number that is another passage here."""
    other = video_of(alice, title="Another")
    new = imported(forged(exported(answered, reader=alice), video=str(other.pk)), alice)
    assert "passage" not in citations_of(exported(new, reader=alice))[1]
    for key in (key_of(10**6), "v" + "z" * 13):
        new = imported(forged(exported(answered, reader=alice), passage=key), alice)
        assert "passage" not in citations_of(exported(new, reader=alice))[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"passage": "x; drop"}, {"video": "../../etc"}, {"start_ms": 9_000_000, "end_ms": 5}, {"url": "javascript:alert(1)"},
        {"url": "/videos/../admin/"}, {"link": "javascript:alert(1)"}, {"excerpt": "\x1b[2J<script>", "passage": "v9999"},
    ],
)  # fmt: skip
def test_hostile_references_do_no_harm(answered: ChatSession, alice: User, changes: dict[str, Any]) -> None:
    new = imported(forged(exported(answered, reader=alice), **changes), alice)
    everything = stored(new) + exported(new, "html", alice).decode()
    assert not any(words in everything for words in ("javascript:", "; drop", "/etc", "admin", "\x1b"))
    assert "<script" not in exported(new, "html", alice).decode()


def test_a_file_that_comes_again_changes_nothing(answered: ChatSession, alice: User, bob: User) -> None:
    for person in (alice, bob):
        data = exported(answered, reader=alice)
        new = imported(data, person)
        before = exported(new, reader=person)
        parsed = read_session(data)
        row = ImportedSession.objects.get(session=new)
        assert update_session(imported=row, head=parsed.head, entries=parsed.walked()) == 0
        assert exported(new, reader=person) == before


def test_copies_within_the_workspace_keep_references(answered: ChatSession, alice: User) -> None:
    last = answered.messages.filter(active=True).order_by("-position").first()
    assert last is not None
    for copy in (duplicate_session(chat=answered, owner=alice), branch_session(message=last, owner=alice)):
        assert citations_of(exported(copy, reader=alice))[1]["excerpt"]


# ---------------------------------------------------------------- to strangers

ALL = Terms(tools=True, thinking=True, names=True, costs=True, files=True, download=True)


@pytest.mark.parametrize("snapshot", [True, False])
def test_a_link_shows_titles_and_times_and_no_word_of_a_passage(
    answered: ChatSession, alice: User, passage: Passage, snapshot: bool
) -> None:
    """Not to its owner either, who would not see what others do."""
    Video.objects.update(visibility="everyone")
    link, _ = share_session(chat=answered, owner=alice, snapshot=snapshot, terms=ALL)
    alices = Client()
    alices.force_login(alice)
    for client in (Client(), alices):
        page = client.get(path_of(link))
        shown = page.content.decode()
        assert f"{TITLE}, 1:23" in shown
        names = ("markdown", "text", "html", "json")
        files = [b"".join(client.get(f"{path_of(link)}download/?format={name}")) for name in names]
        for data in [page.content, *files]:
            assert TITLE.encode() in data
            for secret in (
                MARKER,
                str(passage.video_id),
                f"passage={key_of(passage.pk)}",
                "/videos/",
                "videos.example",
            ):
                assert secret.encode() not in data, secret
    assert MARKER not in json.dumps(list(ShareEntry.objects.values_list("data", flat=True)))
    change_share(link=link, terms=Terms(download=True))
    assert f"{TITLE}, 1:23" in Client().get(path_of(link)).content.decode()


@pytest.mark.parametrize("snapshot", [True, False])
def test_a_copy_of_ones_own_keeps_references_and_asks_ones_own_rights(
    answered: ChatSession, alice: User, bob: User, passage: Passage, snapshot: bool
) -> None:
    link, _ = share_session(chat=answered, owner=alice, snapshot=snapshot, terms=ALL)
    bobs = Client()
    bobs.force_login(bob)

    def copy() -> ChatSession:
        assert bobs.post(f"{path_of(link)}continue/").status_code == 303
        return ChatSession.objects.filter(owner=bob).latest("pk")

    Video.objects.update(visibility="everyone")
    first = copy()
    assert citations_of(exported(first, reader=bob))[1]["excerpt"] == passage.text
    Video.objects.update(visibility="private")
    assert MARKER not in exported(first, reader=bob).decode()
    second = copy()
    everything = stored(second)
    assert MARKER not in everything
    assert str(passage.video_id) not in everything
    assert TITLE in everything


def test_nothing_is_counted_as_referred_to_by_copies(answered: ChatSession, alice: User) -> None:
    before = Reference.objects.count()
    imported(exported(answered, reader=alice), alice)
    assert Reference.objects.count() == before


def test_a_file_with_words_of_a_video_is_not_given_to_who_may_not_see_it_any_more(
    answered: ChatSession, alice: User, bob: User
) -> None:
    Video.objects.update(visibility="everyone")
    SessionMember.objects.create(session=answered, user=bob)

    def job_of(person: User) -> ExportJob:
        made = begin_export(owner=person, sessions=[answered.pk], formats=["markdown"])
        worker = jobs.Worker()
        while worker.run_one():
            pass
        made.refresh_from_db()
        return made

    of_alice, of_bob = job_of(alice), job_of(bob)
    assert MARKER in keeping.path_of(of_bob.stored).read_text()
    assert all_readable(of_bob)
    Video.objects.update(visibility="private")
    assert all_readable(of_alice)
    assert not all_readable(of_bob)
    again = job_of(bob)
    assert MARKER not in keeping.path_of(again.stored).read_text()
    assert all_readable(again)
