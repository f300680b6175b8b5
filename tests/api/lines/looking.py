"""What is found, chosen and begun with."""

from __future__ import annotations

from sessions_app.actions.plugins import switch_plugin
from sessions_app.actions.templates import Contents, make_template
from sessions_app.models import ChatSession, User

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    switch_plugin(name="calculator", enabled=True, actor=alice)
    return {"template": str(make_template(owner=alice, contents=Contents("Alices template")).pk)}


LINES = {
    "search": Line("GET", "chat/search?q=alices", 200, 200),
    "list_templates": Line("GET", "chat/templates", 200, 200),
    "make_template": Line("POST", "chat/templates", 201, 201, body={"name": "Mine"}),
    "get_template": Line("GET", "chat/templates/{template}", 200, MISSING),
    "replace_template": Line("PUT", "chat/templates/{template}", 200, MISSING, body={"name": "Mine"}),
    "change_template": Line("PATCH", "chat/templates/{template}", 200, MISSING, body={"name": "Mine"}),
    "delete_template": Line("DELETE", "chat/templates/{template}", 204, MISSING),
    "duplicate_template": Line("POST", "chat/templates/{template}/duplicate", 201, MISSING, body={}),
    "use_template": Line("POST", "chat/templates/{template}/use", 201, MISSING, body={}),
    "list_models": Line("GET", "chat/models", 200, 200),
    "list_tools": Line("GET", "chat/tools", 200, 200),
    "list_plugins": Line("GET", "plugins", 200, 200),
    "change_plugin": Line("PATCH", "plugins/calculator", 200, 200, body={"enabled": True}),
    "withdraw_consent": Line("DELETE", "chat/tools/analyze_costs/consent", 204, 204),
}
