"""Cards on their way out: in every format, to strangers, and in again."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from docx import Document

from export_app.actions.sharing import Terms, share_session
from export_app.renderers import formats
from export_app.shares.links import path_of
from export_app.transcript import Transcript
from sessions_app.actions.branching import branch_session, duplicate_session
from sessions_app.actions.messages import send_message
from sessions_app.actions.notifications import Notification, notify
from sessions_app.agent.cards import Card, posted
from sessions_app.models import ChatSession, Message, User
from tests.actions.steps import end
from tests.exports.carried import carried, imported

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
FAILED = Notification(
    "CI", "deploy", "Deploy failed", "Step **two** is late", "https://ci.example.org/71", "error"
)
DIGEST = Card("activity", "errors", "3 errors in an hour", "Secretdigest", "error", events=["01938f2e-9c10-7f52-8a6b-0c4d7e9f1a23"])  # fmt: skip


@pytest.fixture
def told(chat: ChatSession, alice: User) -> ChatSession:
    end(send_message(chat=chat, author=alice, content="What is this?", cards=[DIGEST]).reply, text="Errors.")
    notify(chat=chat, author=alice, notification=FAILED)
    chat.refresh_from_db()
    return chat


def as_text(name: str, data: bytes, folder: Path) -> str:
    if name == "word":
        return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)
    if name == "pdf":
        made = folder / "made.pdf"
        made.write_bytes(data)
        return subprocess.run(["pdftotext", made, "-"], check=True, capture_output=True, text=True).stdout
    return data.decode()


@pytest.mark.parametrize("name", ["markdown", "text", "html", "pdf", "word"])
def test_formats_for_people_tell_what_a_card_says(
    told: ChatSession, alice: User, tmp_path: Path, name: str
) -> None:
    renderer = formats()[name]
    options = renderer.chosen({})
    transcript = renderer.transcript(Transcript(told, reader=alice.pk), options)
    text = as_text(name, b"".join(renderer.render(transcript, options)), tmp_path)
    flat = " ".join(text.split())
    for words in (
        "Notification from CI",
        "Error: Deploy failed (deploy)",
        "late",
        "ci.example.org/71",
        "Activity from errors",
    ):
        assert words in flat, words
    assert "Secretdigest" in flat
    assert "9f1a23" not in flat


def test_they_come_back_with_their_session(told: ChatSession, alice: User, bob: User) -> None:
    for person in (alice, bob):
        last = Message.objects.filter(session=carried(told, person)).shown().last()
        assert last is not None
        card = posted(last.parts)
        assert card is not None
        assert (card.heading, card.words) == ("Notification from CI", FAILED.card().words)


def test_what_a_file_says_of_a_card_is_put_right(told: ChatSession, alice: User) -> None:
    renderer = formats()["json"]
    options = renderer.chosen({})
    data = json.loads(b"".join(renderer.render(renderer.transcript(Transcript(told), options), options)))
    [part] = data["messages"][-1]["parts"]
    part |= {"link": "javascript:alert(1)", "events": ["x"], "title": "A\x07 title", "source": "C\n I"}

    chat = imported(json.dumps(data).encode(), alice)
    last = Message.objects.filter(session=chat).shown().last()
    assert last is not None
    [kept] = last.parts
    assert (kept["link"], kept["events"], kept["title"], kept["source"]) == ("", [], "A title", "C I")


def test_copies_keep_them_and_figures_count_none_of_them(told: ChatSession, alice: User) -> None:
    last = Message.objects.filter(session=told).shown().last()
    assert last is not None
    for chat in (duplicate_session(chat=told, owner=alice), branch_session(message=last, owner=alice)):
        copy = Message.objects.filter(session=chat).shown().last()
        assert copy is not None
        assert posted(copy.parts) == posted(last.parts)
        assert Message.objects.filter(session=chat).copies().count() == 3
    assert Message.objects.filter(session=told).copies().count() == 0
    assert Message.objects.filter(session=told).written().count() == 2


@pytest.mark.parametrize("names", [True, False], ids=["names", "no names"])
@pytest.mark.parametrize("snapshot", [True, False], ids=["snapshot", "living"])
def test_strangers_see_a_notification_and_nothing_of_where_it_leads(
    told: ChatSession, alice: User, settings: Any, tmp_path: Path, names: bool, snapshot: bool
) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"
    link, _ = share_session(
        chat=told, owner=alice, snapshot=snapshot, terms=Terms(names=names, download=True)
    )
    page = Client().get(path_of(link)).content.decode()
    taken = Client().get(f"{path_of(link)}download/?format=json")
    data = b"".join(taken).decode()
    for text in (page, data):
        assert "Deploy failed" in text
        assert "ci.example.org" not in text
        assert "Secretdigest" not in text
        assert ("CI" in text) is names
    assert "<strong>two</strong>" in page
    assert f'aria-label="Notification{" from CI" if names else ""}"' in page
