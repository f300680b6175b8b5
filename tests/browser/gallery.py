"""`python -m tests.browser.gallery`: chats of visitor with one card of each tool and of each status; prints their paths."""

from __future__ import annotations

from typing import Any

import django

STATUSES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("analyze_session_metrics", "pending", {"duration_ms": None}),
    ("analyze_token_usage", "success", {}),
    (
        "search_session_messages",
        "error",
        {"error": "Message search took longer than 30 s and was ended.", "duration_ms": 30_000},
    ),
    ("analyze_engagement", "denied", {"error": "This tool needs the premium plan.", "duration_ms": None}),
    ("check_system_health", "error", {"error": "System health failed.", "duration_ms": 1_250}),
    ("get_active_sessions", "cancelled", {"error": "Cancelled.", "duration_ms": None}),
    (
        "close_tickets",
        "awaiting_approval",
        {"duration_ms": None, "input": {"ids": [7, 9], "reason": "Both are done."}},
    ),
)


def main() -> None:
    django.setup()
    from sessions_app.models import ChatSession, Message, Reply, User, uuid7
    from sessions_app.rendering import RENDERER_VERSION
    from sessions_app.rendering.body import filled
    from tests.rendering import results

    visitor = User.objects.get(username="visitor")

    def answer(chat: ChatSession, position: int, calls: list[dict[str, Any]], words: str) -> None:
        parts = [
            {
                "kind": "tool_call",
                "turn": 1,
                "id": call["id"],
                "name": call["tool_id"],
                "input": call["input"],
            }
            for call in calls
        ]
        key, tools = uuid7(), {call["id"]: call for call in calls}
        parts.append({"kind": "text", "turn": 2, "text": words})
        html = filled(key, parts, tools, approve_url=f"/sessions/{chat.pk}/messages/{key}/approve/").finish()
        message = Message.objects.create(
            pk=key, session=chat, role="assistant", parts=parts, content=words, html=html,
            renderer_version=RENDERER_VERSION, position=position, model="claude-sonnet-5-5",
        )  # fmt: skip
        Reply.objects.create(message=message, session=chat, status="complete", stop_reason="end", turns=2)

    tools = ChatSession.objects.create(owner=visitor, title="Every tool", provider="anthropic")
    for position, (name, result) in enumerate(results.RESULTS.items()):
        call = results.call(name, result, id=str(uuid7()))
        answer(tools, position, [call], f"These are the figures of {name.replace('_', ' ')}.")
    statuses = ChatSession.objects.create(owner=visitor, title="Every status", provider="anthropic")
    calls = [
        results.call(
            name, results.RESULTS.get(name) if status == "success" else None, status, id=str(uuid7()), **more
        )
        for name, status, more in STATUSES
    ]
    answer(statuses, 0, calls, "One card in each state.")
    print(tools.get_absolute_url(), statuses.get_absolute_url())


if __name__ == "__main__":
    main()
