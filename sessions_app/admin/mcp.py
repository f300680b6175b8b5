"""MCP servers and their tools. What a server brings is off until staff switch it on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from sessions_app.actions import mcp as actions
from sessions_app.models import McpServer, McpTool

from .base import StaffAdmin

if TYPE_CHECKING:
    ServerModelForm = forms.ModelForm[McpServer]
else:
    ServerModelForm = forms.ModelForm

HEADER = re.compile(r"^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)$")
# The protocol's own, and those that say where a request goes.
OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "cookie"}


class ServerForm(ServerModelForm):
    """A server by address or program. Headers go in and never come out again."""

    new_headers = forms.CharField(
        label="Headers",
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One a line, such as Authorization: Bearer …; stored encrypted and never shown again."
        " Left empty, those stored stay, unless the address changes.",
    )
    forget_headers = forms.BooleanField(label="Forget the stored headers", required=False)

    class Meta:
        model = McpServer
        fields = ("name", "url", "program", "enabled", "time_limit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "program" in self.fields:
            names = sorted({*settings.MCP_STDIO_SERVERS, self.instance.program} - {""})
            self.fields["program"] = forms.ChoiceField(
                choices=[("", "none"), *((name, name) for name in names)],
                required=False,
                help_text="Instead of an address: a program the operator's MCP_STDIO_SERVERS names.",
            )

    def clean_url(self) -> str:
        from sessions_app.guarded_http import Forbidden, check_url

        url: str = self.cleaned_data["url"].strip()
        try:
            return str(check_url(url, settings.MCP_PRIVATE_HOSTS)) if url else ""
        except Forbidden as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean_new_headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["new_headers"].splitlines():
            hit = HEADER.match(line.strip())
            if line.strip() and (not hit or hit[1].lower() in OURS):
                raise forms.ValidationError("Each line must be a header of your own, such as Name: value.")
            if hit:
                found[hit[1]] = hit[2]
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "url" in values and bool(values["url"]) == bool(values.get("program")):
            self.add_error("url", "A server has an address or a program, one of the two.")
        return values

    @property
    def headers(self) -> dict[str, str] | None:
        """What is to be stored instead of what there is; None keeps it."""
        given: dict[str, str] = self.cleaned_data["new_headers"]
        return given if given or self.cleaned_data["forget_headers"] else None


@admin.register(McpServer)
class McpServerAdmin(StaffAdmin):
    recorded_below = ("added", "changed")
    open_to_staff = False
    form = ServerForm
    list_display = ("name", "place", "enabled", "tools_on", "with_headers", "last_seen_at", "last_error")
    list_filter = ("enabled",)
    search_fields = ("name", "url")
    fields = ("name", "url", "program", "new_headers", "forget_headers", "enabled", "time_limit",
              "last_seen_at", "last_error")  # fmt: skip
    readonly_fields = ("last_seen_at", "last_error")
    actions = ("fetch_tools",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[McpServer]:
        on = Count("tools", filter=Q(tools__enabled=True, tools__gone=False))
        rows: QuerySet[McpServer] = super().get_queryset(request)
        return rows.annotate(on=on, all=Count("tools", filter=Q(tools__gone=False)))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return not lookup.startswith("headers") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="where")
    def place(self, row: McpServer) -> str:
        return row.url or f"program {row.program}"

    @admin.display(description="tools on")
    def tools_on(self, row: Any) -> str:
        return f"{row.on} of {row.all}"

    @admin.display(description="headers", boolean=True)
    def with_headers(self, row: McpServer) -> bool:
        return bool(row.headers_sealed)

    def save_model(self, request: HttpRequest, obj: McpServer, form: Any, change: bool) -> None:
        actions.save_server(server=obj, headers=form.headers, actor=request.user)
        if not change:
            messages.info(request, _("Now fetch its tools: choose it in the list, and that action."))

    @admin.action(description="Fetch the tools of these servers", permissions=["change"])
    def fetch_tools(self, request: HttpRequest, queryset: QuerySet[McpServer]) -> None:
        """Asks each server; no transaction is open meanwhile."""
        from sessions_app.mcp_client.exchange import Unreachable, list_tools, place_of

        for server in queryset:
            try:
                listed = async_to_sync(list_tools)(place_of(server))
            except Unreachable as problem:
                actions.note_contact(server=server.pk, error=str(problem))
                messages.error(request, str(problem))
                continue
            seen = actions.remember_tools(server=server, listed=listed)
            counts = f"{seen.new} new, {seen.changed} changed, {seen.gone} gone"
            messages.success(request, f"The MCP server {server} has {len(listed)} tools: {counts}.")


@admin.register(McpTool)
class McpToolAdmin(StaffAdmin):
    """Nothing of a tool is edited; it is read, then switched on or off."""

    recorded_below = ("added", "changed")
    open_to_staff = False
    list_display = ("name", "server", "enabled", "needs_approval", "changed", "gone", "problem", "seen_at")
    list_filter = ("server", "enabled", "needs_approval", "changed", "gone")
    list_select_related = ("server",)
    search_fields = ("name", "description", "server__name")
    fields = ("server", "name", "description", "input_schema", "enabled", "needs_approval", "changed",
              "gone", "problem", "seen_at")  # fmt: skip
    readonly_fields = fields
    actions = ("switch_on", "switch_off", "ask_first", "need_not_ask")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Switch on: I have read the description", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[McpTool]) -> None:
        for tool in queryset.select_related("server"):
            if not actions.switch_tool(tool=tool, enabled=True, actor=request.user):
                messages.error(
                    request, f"{tool} stays off: {tool.problem or _('its server no longer has it.')}"
                )

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[McpTool]) -> None:
        for tool in queryset.select_related("server"):
            actions.switch_tool(tool=tool, enabled=False, actor=request.user)

    @admin.action(description="Ask the person before each call", permissions=["change"])
    def ask_first(self, request: HttpRequest, queryset: QuerySet[McpTool]) -> None:
        for tool in queryset.select_related("server"):
            actions.set_approval(tool=tool, needed=True, actor=request.user)

    @admin.action(description="Run without asking", permissions=["change"])
    def need_not_ask(self, request: HttpRequest, queryset: QuerySet[McpTool]) -> None:
        for tool in queryset.select_related("server"):
            actions.set_approval(tool=tool, needed=False, actor=request.user)
