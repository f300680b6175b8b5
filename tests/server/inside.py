"""What is in a server's database: questions to be asked in a process that has the server's own settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db.models import Count, Q

from export_app.models import ExportJob
from sessions_app import doctor
from sessions_app.actions.changes import entries_follow
from sessions_app.actions.mcp import remember_tools, save_server
from sessions_app.actions.messages import send_message
from sessions_app.actions.tokens import make_token
from sessions_app.actions.webhooks import make_webhook
from sessions_app.mcp_client.listed import Listed
from sessions_app.models import (
    ChatSession,
    McpServer,
    McpTool,
    Message,
    PendingMessage,
    Reply,
    RunnerProcess,
    TokenUsage,
    User,
    uuid7,
)
from sessions_app.transactions import write

from .processes import NAME, PASSWORD

NOT_LOOKED_AT = ["admin", "rest_framework", "django_htmx"]


def uuids(keys: list[str]) -> list[UUID]:
    return [UUID(key) for key in keys]


def prepare() -> None:
    """Tables, static files, one person."""
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_LOOKED_AT)
    tables()


def tables() -> None:
    """Tables and one person."""
    call_command("migrate", interactive=False, verbosity=0)
    User.objects.create_user(NAME, "alice@example.org", PASSWORD)


def token(name: str = NAME, scopes: tuple[str, ...] = ("read",)) -> str:
    """A token of this person, who is made where there is none."""
    person = User.objects.filter(username=name).first() or User.objects.create_user(name)
    return make_token(user=person, scopes=scopes)[1]


def person(name: str) -> None:
    """Somebody else with a password."""
    User.objects.create_user(name, f"{name}@example.org", PASSWORD)


def creator(name: str) -> None:
    """This person may add videos."""
    from sessions_app.knowledge.models import Creator

    Creator.objects.create(user=User.objects.get(username=name))


def webhook(name: str) -> list[str]:
    """Path and secret of a new webhook in a new session of this person."""
    person = User.objects.get(username=name)
    chat = ChatSession.objects.create(owner=person, model="offline", provider="offline")
    made, secret = make_webhook(chat=chat, maker=person, name="CI")
    return [f"/hooks/{made.pk}", secret]


def register(name: str, tool: str, url: str = "", program: str = "") -> None:
    """An MCP server with one tool that is on and need not ask."""
    server = McpServer(name=name, url=url, program=program)
    save_server(server=server, headers=None, actor=User.objects.get(username=NAME))
    remember_tools(server=server, listed=[Listed(tool, "A tool.", '{"type": "object"}')])
    McpTool.objects.filter(server=server).update(enabled=True, needs_approval=False)


def disable(name: str) -> int:
    return User.objects.filter(username=name).update(is_active=False)


def talks(count: int, messages: int) -> None:
    """So many starred sessions of this person, each with so many messages."""
    person = User.objects.get(username=NAME)
    for number in range(count):
        chat = ChatSession.objects.create(
            owner=person,
            title=f"Talk {number}",
            model="offline",
            provider="offline",
            message_count=messages,
            starred=True,
        )
        rows: list[Message] = []
        for at in range(1, messages + 1):
            parts = [{"kind": "text", "turn": 0, "text": f"words {at}"}]
            before = rows[-1] if rows else None
            rows.append(
                Message(
                    session=chat,
                    author=person,
                    parent=before,
                    position=at,
                    parts=parts,
                    content=f"words {at}",
                )
            )
        kept(rows)


def exports() -> list[dict[str, Any]]:
    """Exports, oldest first."""
    rows = ExportJob.objects.order_by("created_at")
    return [dict(row) for row in rows.values("status", "attempt", "done", "total", "left_out")]


def unfinished() -> int:
    """Replies that are queued, running or waiting, and model calls that are not settled."""
    return Reply.objects.unfinished().count() + TokenUsage.objects.open().count()


def statuses(keys: list[str]) -> dict[str, str]:
    """The state of the newest reply of each chat."""
    rows = Reply.objects.filter(session__in=uuids(keys)).order_by("created_at", "pk")
    return {str(row.session_id): row.status for row in rows}


def chats(keys: list[str]) -> dict[str, Any]:
    """Messages, pending ones and model calls of these chats, by chat."""
    found: dict[str, Any] = {key: {"messages": [], "pending": [], "calls": []} for key in keys}
    for row in (
        Message.objects.filter(session__in=uuids(keys)).select_related("reply").order_by("created_at", "pk")
    ):
        found[str(row.session_id)]["messages"].append(told(row))
    for waiting in PendingMessage.objects.filter(session__in=uuids(keys)):
        shown = {"client_id": waiting.client_id, "content": waiting.content}
        found[str(waiting.session_id)]["pending"].append(shown)
    for call in TokenUsage.objects.filter(session_key__in=keys).order_by("at", "pk"):
        found[str(call.session_key)]["calls"].append(told_call(call))
    return found


def told(row: Message) -> dict[str, Any]:
    answers = row.role == Message.Role.ASSISTANT
    return {
        "id": str(row.pk),
        "role": row.role,
        "content": row.content,
        "client_id": row.client_id,
        "parent": str(row.parent_id or ""),
        "active": row.active,
        "status": row.reply.status if answers else "sent",
    }


def told_call(call: TokenUsage) -> dict[str, Any]:
    return {
        "message": str(call.message_id or ""),
        "purpose": call.purpose,
        "input": call.input + call.cache_read + call.cache_write_5m + call.cache_write_1h,
        "output": call.output,
        "settled": call.settled_at is not None,
        "ok": call.ok,
        "request_id": call.request_id,
        "error_type": call.error_type,
    }


def doubled(client_ids: list[str]) -> list[str]:
    """Of these client ids those that are not there exactly once, as a message or as a pending one."""
    times = dict.fromkeys(client_ids, 0)
    for model in (Message, PendingMessage):
        rows = model.objects.filter(client_id__in=client_ids).values("client_id").annotate(n=Count("pk"))
        for row in rows.order_by():
            times[str(row["client_id"])] += row["n"]
    return [f"{key}: {count} times" for key, count in times.items() if count != 1]


def findings() -> list[str]:
    """What the doctor finds."""
    return [f"{each.check}: {each.subject} {each.detail}" for each in doctor.examine()]


def send(chat: str, content: str) -> str:
    """A send by the same action, in a process without a runner: it stays queued until a server takes it."""
    row = ChatSession.objects.get(pk=chat)
    sent = send_message(chat=row, author=row.owner, content=content)
    assert sent.reply is not None
    return str(sent.reply.pk)


def lengthen(chat: str, messages: int, size: int) -> None:
    """So many messages of so many characters, each below the one before."""
    row = ChatSession.objects.get(pk=chat)
    keys = [uuid7() for _ in range(messages)]
    said = "x" * size
    parts = [{"kind": "text", "turn": 0, "text": said}]
    plain = {"session": row, "role": "user", "author": row.owner, "content": said, "parts": parts}
    rows = [
        Message(pk=key, parent_id=above, position=position, **plain)
        for position, (above, key) in enumerate(zip([None, *keys], keys, strict=False), 1)
    ]
    kept(rows)


def kept(rows: list[Message]) -> None:
    """As the search knows them: other tests look at the same data."""
    Message.objects.bulk_create(rows, batch_size=200)
    with write():
        entries_follow(messages=[row.pk for row in rows])


def forget_locks() -> int:
    """As if every process lived on another host: only their beats tell whether they do. Returns how many live."""
    living = RunnerProcess.objects.filter(Q(ended_at__isnull=True))
    return living.update(lock_path="")


QUESTIONS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        prepare,
        tables,
        token,
        webhook,
        creator,
        person,
        register,
        disable,
        talks,
        exports,
        unfinished,
        statuses,
        chats,
        doubled,
        findings,
        send,
        lengthen,
        forget_locks,
    )
}
