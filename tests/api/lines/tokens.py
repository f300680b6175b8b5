"""Tokens: each person's own. A token makes and changes none, and revokes itself alone."""

from __future__ import annotations

from sessions_app.actions.tokens import make_token
from sessions_app.models import ChatSession, User

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    return {"token": str(make_token(user=alice, name="Alices token")[0].public_id)}


LINES = {
    "list_tokens": Line("GET", "chat/tokens", 200, 200),
    "create_token": Line("POST", "chat/tokens", 403, 403, body={"name": "Mine"}),
    "get_token": Line("GET", "chat/tokens/{token}", 200, MISSING),
    "change_token": Line("PATCH", "chat/tokens/{token}", 403, 403, body={"name": "Mine"}),
    "revoke_token": Line("DELETE", "chat/tokens/{token}", 403, MISSING),
    "current_token": Line("GET", "chat/tokens/current", 200, 200),
    "revoke_current_token": Line("DELETE", "chat/tokens/current", 204, 204),
}
