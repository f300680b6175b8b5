"""Links: what they show and what is nowhere in them, who may make them, and how they end."""

from __future__ import annotations

import io
import itertools
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from chatproject.logs import formatter
from export_app.actions import sharing
from export_app.actions.sharing import Terms, change_share, revoke_share, share_session
from export_app.models import ImportedSession, ShareEntry, ShareFile, ShareLink
from export_app.shares import downloads
from export_app.shares.links import path_of
from export_app.shares.paging import page_numbers
from export_app.shares.shared import digest_of
from export_app.turns import COPIES, LINKS
from export_app.views import reading
from export_app.views import sharing as terms
from sessions_app.actions import attachments
from sessions_app.actions.errors import Refused
from sessions_app.actions.versions import delete_message, edit_message
from sessions_app.models import (
    Attachment,
    ChatSession,
    ForeignUsage,
    Mark,
    Message,
    Reply,
    TokenUsage,
    ToolCall,
    User,
    uuid7,
)
from sessions_app.rendering.body import finished_body
from tests.actions.steps import begin, end, send
from tests.rendering import results

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")]

SWITCHES = sharing.SHOWN
# A word that is on the page with this switch alone.
WORDS = {
    "tools": ("Secretinput", "Secretresult"),
    "thinking": ("Secretthought",),
    "names": ("alice",),
    "costs": ("$0.4321", "4,321"),
    "files": ("secretfile.txt", "secretpicture.png"),
}
NEVER = (
    "Secretprompt", "Secretnote", "Secrettag", "Secretbefore", "Secretversion", "Secretmerged", "Secreterror",
    "Secretusage",
)  # fmt: skip


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(made, "PNG")
    return made.getvalue()


@pytest.fixture(autouse=True)
def exports(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORTS_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def full(make_chat: Callable[..., ChatSession], alice: User) -> ChatSession:
    """A session with one of everything that can hang on it."""
    chat = make_chat(title="A title", settings={"system_prompt": "Secretprompt"})
    chat.tags.create(name="Secrettag", owner=alice)
    uploads = [
        SimpleUploadedFile("secretfile.txt", b"Words of the file"),
        SimpleUploadedFile("secretpicture.png", picture()),
    ]
    attachments.take_files(owner=alice, chat=chat, uploads=uploads)
    plain, image = Attachment.objects.order_by("pk")
    sent = send(chat, "Question one", attachments=[plain.pk])
    end(sent.reply, text="Answer one")
    assert sent.reply is not None
    answer = sent.reply.message
    call = ToolCall.objects.create(
        message=answer, turn=1, tool_name="analyze_costs", tool_use_id="Secretusage", status="success",
        input={"q": "Secretinput"}, result={"r": "Secretresult"}, duration_ms=5,
    )  # fmt: skip
    parts = [
        {"kind": "thinking", "turn": 1, "text": "Secretthought", "raw": {"signature": "Secretusage"}},
        {"kind": "tool_call", "turn": 1, "id": str(call.pk), "name": "analyze_costs", "input": {"q": "Secretinput"}},
        {"kind": "text", "turn": 1, "text": "Answer one"},
    ]  # fmt: skip
    Message.objects.filter(pk=answer.pk).update(parts=parts, renderer_version=0)
    Reply.objects.filter(pk=sent.reply.pk).update(
        model_config={"system": "Secretprompt"}, error_message="Secreterror", error_type="Secreterror"
    )
    TokenUsage.objects.filter(message=answer).delete()
    TokenUsage.objects.create(
        message=answer, session=chat, session_key=chat.pk, user=alice, purpose="reply", provider="offline", model="offline", turn=1,
        attempt=1, input=4321, output=7, cost="0.4321", settled_at=timezone.now(), ok=True,
    )  # fmt: skip
    card = {"kind": "card", "turn": 0, "card": "merged", "session": str(uuid7()), "title": "Secretmerged"}
    asked = Message.objects.get(session=chat, position=1)
    Message.objects.filter(pk=asked.pk).update(
        parts=[card, *attachments.parts_of([image]), *asked.parts],
        revisions=[{"parts": [], "content": "Secretbefore", "at": None, "by": alice.pk}],
    )
    Attachment.objects.filter(pk=image.pk).update(message=asked, position=1)
    Message.objects.create(
        session=chat, parent=asked, role="assistant", position=2, active=False, content="Secretversion",
        parts=[{"kind": "text", "turn": 1, "text": "Secretversion"}],
    )  # fmt: skip
    Mark.objects.create(message=answer, user=alice, kind="annotation", comment="Secretnote")
    chat.refresh_from_db()
    return chat


def made(chat: ChatSession, *, snapshot: bool = True, **terms: Any) -> tuple[ShareLink, str]:
    link, token = share_session(chat=chat, owner=chat.owner, snapshot=snapshot, terms=Terms(**terms))
    assert path_of(link) == f"/share/{token}/"
    return link, f"/share/{token}/"


def downloaded(client: Client, path: str, name: str) -> str:
    answer = client.get(f"{path}download/?format={name}")
    assert answer.status_code == 200
    whole = b"".join(answer)
    assert answer["Content-Length"] == str(len(whole))
    return whole.decode()


# None, all, each alone, all but each.
CHOICES = [set(each) for count in (0, 1, 4, 5) for each in itertools.combinations(SWITCHES, count)]


@pytest.mark.parametrize("snapshot", [True, False], ids=["snapshot", "living"])
def test_only_what_was_chosen_is_anywhere_in_page_and_downloads(
    full: ChatSession, client: Client, snapshot: bool
) -> None:
    for chosen in CHOICES:
        link, path = made(full, snapshot=snapshot, download=True, **dict.fromkeys(chosen, True))
        page = client.get(path).content.decode()
        data = downloaded(client, path, "json")
        text = downloaded(client, path, "markdown")
        for name, words in WORDS.items():
            for word in words:
                assert (word in page) == (name in chosen), (chosen, word)
                if name not in chosen:
                    assert word not in data + text, (chosen, word)
        for word in (*NEVER, str(full.pk), *map(str, Message.objects.values_list("pk", flat=True))):
            assert word not in page + data + text, (chosen, word)
        assert "data-by" not in page
        assert "Question one" in page
        assert "Answer one" in page
        assert "A title" in page
        kept = json.loads(data)
        assert [each["content"] for each in kept["messages"]] == ["Question one", "Answer one"]
        if snapshot:
            stored = json.dumps([link.head, *link.entries.values_list("data", flat=True)])
            assert not any(word in stored for word in NEVER)
            assert all(
                word not in stored for name in SWITCHES if name not in chosen for word in WORDS[name][:1]
            )
        revoke_share(link=link)


def test_a_snapshot_stays_as_it_was_and_a_living_session_does_not(full: ChatSession, client: Client) -> None:
    _, kept = made(full)
    _, living = made(full, snapshot=False)
    before = client.get(kept).content
    asked = Message.objects.get(session=full, position=1)
    edit_message(message=asked, content="Another question", person=full.owner)
    end(send(full, "More").reply, text="Answer two")
    ChatSession.objects.filter(pk=full.pk).update(title="Another title")
    assert client.get(kept).content == before
    page = client.get(living).content.decode()
    assert "Another question" in page
    assert "Answer two" in page
    assert "Another title" in page
    delete_message(message=Message.objects.get(session=full, content="More"))
    assert "Answer two" not in client.get(living).content.decode()
    assert client.get(kept).content == before


def test_a_running_answer_is_left_out_of_a_snapshot_and_without_words_in_a_living_one(
    chat: ChatSession, client: Client
) -> None:
    reply = begin(send(chat, "Question").reply)
    Message.objects.filter(pk=reply.message_id).update(
        content="Half an", parts=[{"kind": "text", "turn": 1, "text": "Half an"}], html="<p>Half an</p>"
    )
    chat.refresh_from_db()
    _, kept = made(chat, download=True)
    _, living = made(chat, snapshot=False, download=True)
    assert "Half an" not in client.get(kept).content.decode()
    page = client.get(living).content.decode()
    assert "Half an" not in page
    assert "This answer is still being written." in page
    data = json.loads(downloaded(client, living, "json"))
    assert [each["content"] for each in data["messages"]] == ["Question"]


def test_whatever_shows_nothing_is_the_same_page(full: ChatSession, client: Client, alice: User) -> None:
    missing = client.get("/share/abcdefghijklmnopqrstuvwxyz0/")
    assert missing.status_code == 404
    paths = []
    for snapshot in (True, False):
        revoked, path = made(full, snapshot=snapshot)
        assert client.get(path).status_code == 200
        revoke_share(link=revoked)
        expired, other = made(full, snapshot=snapshot, expires_at=timezone.now() + timedelta(days=1))
        ShareLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        paths += [path, other]
    _, still = made(full)
    ShareLink.objects.create(session=full, owner=alice, digest=digest_of("half"), sealed="")
    paths += [
        "/share/half/",
        "/share/a/b/c/",
        "/share/%00/",
        "/share/-/",
        f"/share/{'x' * 3000}/",
        "/share/é/",
    ]
    for deleted_at in (None, timezone.now()):
        ChatSession.objects.filter(pk=full.pk).update(deleted_at=deleted_at)
        for path in [*paths, still] if deleted_at else paths:
            for address in (path, f"{path}files/1/1/", f"{path}download/"):
                found = client.get(address)
                assert (found.status_code, found.content) == (404, missing.content), address
                assert {**found.headers, "X-Request-ID": ""} == {**missing.headers, "X-Request-ID": ""}
    ChatSession.objects.filter(pk=full.pk).update(deleted_at=None)
    assert client.get(still).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(still).content == missing.content


def test_headers_keep_it_out_of_caches_search_engines_and_frames(full: ChatSession, as_alice: Client) -> None:
    _, path = made(full, files=True, download=True)
    for address in (path, f"{path}files/1/2/", f"{path}download/", "/share/none/"):
        found = as_alice.get(address)
        assert found["Cache-Control"] == "no-store, private"
        assert found["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert found["Referrer-Policy"] == "no-referrer"
        assert found["X-Frame-Options"] == "DENY"
        assert not found.has_header("ETag")
        assert not found.has_header("Last-Modified")
        assert not found.cookies
    page = as_alice.get(path, headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy
    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in page.content.decode()
    assert "Allow: /share/" in as_alice.get("/robots.txt").content.decode()


def test_files_are_found_through_their_link_alone(full: ChatSession, client: Client) -> None:
    for snapshot in (True, False):
        link, path = made(full, snapshot=snapshot, files=True)
        shown = client.get(f"{path}files/1/2/")
        assert shown["Content-Type"] == "image/png"
        assert shown["Content-Disposition"].startswith("inline")
        plain = client.get(f"{path}files/1/1/")
        assert plain["Content-Disposition"].startswith("attachment")
        assert "sandbox" in plain["Content-Security-Policy"]
        assert plain["Content-Type"] == "application/octet-stream"
        assert b"".join(plain) == b"Words of the file"
        for wrong in ("1/3", "1/0", "2/1", "0/1", f"{10**30}/1", f"1/{10**30}"):
            assert client.get(f"{path}files/{wrong}/").status_code == 404
        change_share(link=link, terms=Terms())
        assert client.get(f"{path}files/1/1/").status_code == 404
    assert not ShareFile.objects.exists()


def test_what_a_snapshot_needs_is_not_swept(full: ChatSession, client: Client) -> None:
    link, path = made(full, files=True)
    names = list(Attachment.objects.values_list("stored", flat=True))
    Attachment.objects.all().delete()
    assert attachments.needed(names) == set(names)
    assert b"".join(client.get(f"{path}files/1/1/")) == b"Words of the file"
    revoke_share(link=link)
    assert attachments.needed(names) == set()
    assert not ShareEntry.objects.exists()


def test_a_snapshot_can_show_less_and_never_more(full: ChatSession, client: Client) -> None:
    link, path = made(full, tools=True, download=True)
    with pytest.raises(Refused, match="holds what it was made with"):
        change_share(link=link, terms=Terms(tools=True, thinking=True))
    change_share(link=link, terms=Terms(title="Renamed"))
    page = client.get(path).content.decode()
    assert "Secretresult" not in page
    assert "Renamed" in page
    assert "Secretresult" not in json.dumps(list(link.entries.values_list("data", flat=True)))
    assert client.get(f"{path}download/").status_code == 404
    revoke_share(link=link)
    with pytest.raises(Refused, match="has ended"):
        change_share(link=link, terms=Terms())


def test_only_the_owner_shares(full: ChatSession, bob: User) -> None:
    with pytest.raises(Refused, match="Only the owner"):
        share_session(chat=full, owner=bob, snapshot=True, terms=Terms())
    assert not ShareLink.objects.exists()


def test_an_address_is_in_no_log_and_not_in_the_database(
    full: ChatSession, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    link, path = made(full)
    token = path.split("/")[2]
    assert len(token) == 27
    assert token not in repr(ShareLink.objects.filter(pk=link.pk).values())
    revoke_share(link=link)
    client.get(path)
    client.get(f"{path}more/of/it/")
    Client(enforce_csrf_checks=True).post(f"{path}continue/")
    assert any(token in record.getMessage() for record in caplog.records)  # Django names what it did not find
    lines = [formatter().format(record) for record in caplog.records]
    assert not any(token in line for line in lines)
    assert any("/share/…/" in line for line in lines)


def test_what_ended_is_swept_and_what_was_never_whole(full: ChatSession) -> None:
    link, _ = made(full, expires_at=timezone.now() + timedelta(days=1))
    made(full)
    half = ShareLink.objects.create(session=full, owner=full.owner, digest="half", sealed="")
    ShareLink.objects.filter(pk=half.pk).update(created_at=timezone.now() - timedelta(days=2))
    ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    sharing.sweep()
    assert ShareEntry.objects.count() == 2
    assert not ShareEntry.objects.filter(link=link).exists()
    assert not ShareLink.objects.filter(pk=half.pk).exists()


def test_a_long_session_is_shown_in_pages(chat: ChatSession, client: Client) -> None:
    rows: list[Message] = []
    for number in range(1, 206):
        before = rows[-1] if rows else None
        rows.append(Message(
            session=chat, parent=before, role="user", author=chat.owner, position=number, content=f"n{number}.",
            parts=[{"kind": "text", "turn": 0, "text": f"n{number}."}],
        ))  # fmt: skip
    Message.objects.bulk_create(rows)
    ChatSession.objects.filter(pk=chat.pk).update(message_count=205)
    chat.refresh_from_db()
    for snapshot in (True, False):
        _, path = made(chat, snapshot=snapshot)
        first, end_, beyond = (
            client.get(f"{path}?page={page}").content.decode() for page in ("1", "3", "99")
        )
        assert "n100." in first
        assert "n101." not in first
        assert 'rel="next" href="?page=2"' in first
        assert "n201." in end_
        assert "n200." not in end_
        assert 'rel="next"' not in end_
        assert beyond == end_
        assert client.get(f"{path}?page=x").content.decode() == first


def test_no_card_leads_to_pages_of_the_workspace() -> None:
    for name, result in results.RESULTS.items():
        call = results.call(name, result)
        part = {"kind": "tool_call", "turn": 1, "id": call["id"], "name": name, "input": call["input"]}
        linked = finished_body("1", [part], {call["id"]: call})
        assert ("href" in linked) == (name != "list_tickets"), name
        assert 'href="/' not in finished_body("1", [part], {call["id"]: call}, linked=False)


def test_the_dialog_makes_changes_and_revokes(full: ChatSession, as_alice: Client, as_bob: Client) -> None:
    here = f"/sessions/{full.pk}/share/"
    assert as_bob.get(here).status_code == 404
    begun = as_alice.get(here, headers={"HX-Request": "true"}).content.decode()
    assert "1 tool result here" in begun
    assert "2 files here" in begun
    assert " checked" in begun
    for name in (*SWITCHES, "download", "listed"):
        assert f'name="{name}" value="on" aria' in begun
    refused = as_alice.post(here, {"expires": "date", "until": "soon", "title": "Kept title"})
    assert refused.status_code == 422
    assert "Kept title" in refused.content.decode()
    assert as_alice.post(here, {"expires": "date", "until": "2020-01-01"}).status_code == 422
    assert as_alice.post(here, {"kind": "living", "tools": "on", "expires": "7"}).status_code == 303
    link = ShareLink.objects.get()
    assert (link.snapshot, link.tools, link.thinking, link.download) == (False, True, False, False)
    assert link.expires_at is not None
    assert link.title == ""
    shown = as_alice.get(here).content.decode()
    assert path_of(link) in shown
    assert "Messages, tool calls and results" in shown
    change = f"/shares/{link.pk}/"
    for stranger in (change, f"/shares/{link.pk}/revoke/"):
        assert as_bob.post(stranger).status_code == 404
    assert "Change a link" in as_alice.get(change).content.decode()
    assert as_alice.post(change, {"expires": "never", "title": "A title"}).status_code == 303
    link.refresh_from_db()
    assert not link.tools
    assert link.expires_at is None
    assert "The living session" in as_alice.get("/shares/").content.decode()
    assert path_of(link) not in as_bob.get("/shares/").content.decode()
    asked = as_alice.get(f"/shares/{link.pk}/revoke/").content.decode()
    assert "Revoke the link to the living session “\u2068A title\u2069”?" in asked
    assert not ShareLink.objects.get(pk=link.pk).ended
    answer = as_alice.post(f"/shares/{link.pk}/revoke/", headers={"HX-Request": "true"})
    row = answer.content.decode()
    assert all(words in row for words in (f'id="share-{link.pk}"', "Revoked", "autofocus"))
    assert "show-toast" in answer["HX-Trigger"]
    assert as_alice.post(f"/shares/{link.pk}/revoke/").status_code == 303
    assert "Revoked" in as_alice.get("/shares/").content.decode()


@pytest.mark.parametrize(
    ("number", "pages", "shown"),
    [
        (1, 1, [1]), (3, 7, [1, 2, 3, 4, 5, 6, 7]), (1, 15, [1, 2, 0, 15]), (8, 15, [1, 0, 7, 8, 9, 0, 15]),
        (4, 15, [1, 2, 3, 4, 5, 0, 15]), (15, 15, [1, 0, 14, 15]),
    ],
)  # fmt: skip
def test_numbers_of_pages_lead_to_both_ends(number: int, pages: int, shown: list[int]) -> None:
    assert page_numbers(number, pages) == shown


def test_a_refusal_says_of_which_field_it_is(full: ChatSession, as_alice: Client) -> None:
    page = as_alice.post(
        f"/sessions/{full.pk}/share/", {"expires": "date", "until": "2001-01-01", "title": "Kept"}
    ).content.decode()
    assert page.count("The day on which the link ends is over. Choose a later one.") == 1
    assert 'aria-describedby="share-until-error"' in page
    assert 'value="Kept"' in page
    assert "notice--bad" not in page


def test_readers_go_on_in_a_copy_of_their_own(
    full: ChatSession, client: Client, as_bob: Client, bob: User
) -> None:
    for snapshot in (True, False):
        link, path = made(full, snapshot=snapshot, costs=True, files=True, download=True)
        here = f"{path}continue/"
        assert f'href="{here}"' in client.get(path).content.decode()
        assert client.get(here)["Location"] == f"/accounts/login/?next={here}"
        asked = as_bob.get(here)
        assert "2 messages of “<bdi>A title</bdi>” become a session of yours" in asked.content.decode()
        assert asked["Referrer-Policy"] == "same-origin"  # a form without a referrer would be refused
        answer = as_bob.post(here)
        copy = ChatSession.objects.owned_by(bob).latest("pk")
        assert answer["Location"] == copy.get_absolute_url()
        rows = Message.objects.filter(session=copy).shown()
        assert [row.content for row in rows] == ["Question one", "Answer one"]
        assert (copy.title, copy.settings, copy.total_tokens, copy.message_count) == ("A title", {}, 0, 2)
        assert not TokenUsage.objects.filter(session=copy).exists()
        assert not ForeignUsage.objects.filter(session=copy).exists()
        assert Attachment.objects.filter(message__session=copy).count() == 2
        whole = json.dumps([list(rows.values("parts", "html", "revisions", "written_by"))], default=str)
        assert not any(word in whole for word in ("Secretthought", "Secretresult", "alice", *NEVER))
        revoke_share(link=link)
        assert as_bob.post(here).status_code == 404


# ---------------------------------------------------------------- many readers


def test_a_file_of_a_link_is_made_once_and_anew_when_it_shows_something_else(
    full: ChatSession, client: Client, exports: Path
) -> None:
    def files() -> set[tuple[str, int]]:
        return {(path.name, path.stat().st_ino) for path in exports.glob("links/*/*")}

    link, path = made(full, snapshot=False, download=True)
    assert "Answer one" in downloaded(client, path, "markdown")
    once = files()
    assert len(once) == 1
    downloaded(client, path, "markdown")
    assert files() == once
    end(send(full, "More").reply, text="Answer two")
    assert "Answer two" in downloaded(client, path, "markdown")
    assert len(files()) == 1
    assert files() != once
    change_share(link=link, terms=Terms(title="Renamed", download=True))
    assert not files()
    assert "Renamed" in downloaded(client, path, "markdown")
    revoke_share(link=link)
    assert not files()


def test_a_long_page_is_rendered_once(
    full: ChatSession, client: Client, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_KEPT", 10)
    _, path = made(full, snapshot=False)
    assert b"Answer one" in client.get(path).content
    (kept,) = exports.glob("links/*/page1-*")
    kept.write_bytes(kept.read_bytes().replace(b"Answer one", b"Answer kept"))
    assert b"Answer kept" in client.get(path).content
    end(send(full, "More").reply, text="Answer two")
    assert b"Answer two" in client.get(path).content
    (anew,) = exports.glob("links/*/page1-*")
    assert anew != kept


def test_files_of_links_go_after_an_hour(full: ChatSession, client: Client, exports: Path) -> None:
    _, path = made(full, download=True)
    downloaded(client, path, "markdown")
    sharing.sweep()
    (kept,) = exports.glob("links/*/*")
    old = kept.stat().st_mtime - downloads.KEPT_FOR
    os.utime(kept, (old, old))
    sharing.sweep()
    assert not list(exports.glob("links/*"))


def test_long_and_large_sessions_are_not_made_for_strangers(
    full: ChatSession, client: Client, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = made(full, download=True)
    monkeypatch.setattr(downloads, "MOST_BYTES", 500)
    for _ in range(2):
        refused = client.get(f"{path}download/?format=json")
        assert (refused.status_code, refused.content.decode()) == (422, downloads.TOO_LARGE)
    monkeypatch.setattr(downloads, "MOST_MESSAGES", 1)
    assert client.get(f"{path}download/?format=json").status_code == 404
    page = client.get(path).content.decode()
    assert f"{path}download/" not in page
    assert "Files of up to 1 messages can be downloaded here." in page
    monkeypatch.setattr(terms, "MOST_MESSAGES", 1)
    dialog = as_alice.get(f"/sessions/{full.pk}/share/").content.decode()
    assert "Links give files of up to 1 messages. This session is longer:" in dialog
    assert f'<a href="/sessions/{full.pk}/export/">export it</a>' in dialog


def test_files_in_a_file_of_a_link_are_bounded(
    full: ChatSession, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST_FILES", 80)
    _, path = made(full, download=True, files=True)
    found = json.loads(downloaded(client, path, "json"))
    files = {file["name"]: file["content"] for entry in found["messages"] for file in entry["files"]}
    sizes = dict(Attachment.objects.values_list("name", "size"))
    assert len(files) == 2
    assert sum(sizes[name] for name, content in files.items() if content) <= 80 < sum(sizes.values())


def test_a_link_is_opened_so_often_a_minute_from_one_address(
    full: ChatSession, client: Client, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    cache.clear()
    _, path = made(full, download=True)
    for _ in range(reading.DOWNLOADS + 1):
        answer = client.get(f"{path}download/", REMOTE_ADDR="9.9.9.9")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert client.get(f"{path}download/", REMOTE_ADDR="8.8.8.8").status_code == 200
    for _ in range(reading.DOWNLOADS + 1):  # perhaps a proxy's: all readers have it
        assert client.get(f"{path}download/", REMOTE_ADDR="10.0.0.1").status_code == 200


def test_a_link_without_download_is_not_continued(full: ChatSession, client: Client, as_bob: Client) -> None:
    _, path = made(full)
    assert f"{path}continue/" not in client.get(path).content.decode()
    assert as_bob.get(f"{path}continue/").status_code == 404
    assert as_bob.post(f"{path}continue/").status_code == 404
    assert not ImportedSession.objects.exists()


def test_one_copy_and_one_link_are_made_at_a_time(
    full: ChatSession, as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    _, path = made(full, download=True)
    with COPIES.of(bob.pk), LINKS.of(alice.pk):
        refused = as_bob.post(f"{path}continue/")
        assert refused.status_code == 429
        assert "A copy is being made for you." in refused.content.decode()
        refused = as_alice.post(f"/sessions/{full.pk}/share/", {"kind": "snapshot", "title": "Mine"})
        assert refused.status_code == 429
        assert "A link of yours is being made." in refused.content.decode()
        assert 'value="Mine"' in refused.content.decode()
    assert as_bob.post(f"{path}continue/").status_code == 303
