"""What staff do with MCP servers in the admin, and who may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.test import Client

from chatproject.asgi import application
from sessions_app.actions.mcp import note_contact, remember_tools
from sessions_app.mcp_client.listed import Listed, distinct, listed
from sessions_app.mcp_client.tools import outside_tools
from sessions_app.models import AuditEntry, McpServer, McpTool, User
from sessions_app.sealing import Sealed

pytestmark = pytest.mark.django_db

SERVERS, TOOLS = "/admin/sessions_app/mcpserver/", "/admin/sessions_app/mcptool/"
SCHEMA = '{"type": "object"}'
Register = Callable[..., McpServer]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", "pw-root-1")


@pytest.fixture
def as_root(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def form(**values: str) -> dict[str, str]:
    return {"name": "example", "url": "https://a.example/mcp", "time_limit": "20", "enabled": "on", **values}


def act(client: Client, address: str, action: str, *keys: Any) -> str:
    """Choose rows and an action; the page that follows."""
    chosen = {"action": action, "_selected_action": list(keys)}
    return client.post(address, chosen, follow=True).content.decode()


def tool(name: str = "add") -> McpTool:
    return McpTool.objects.get(name=name)


def test_headers_are_encrypted_at_rest_and_never_shown_again(as_root: Client) -> None:
    given = form(new_headers="Authorization: Bearer kept-secret\r\nX-Team: blue")
    assert as_root.post(f"{SERVERS}add/", given).status_code == 302
    server = McpServer.objects.get()
    assert server.headers == {"Authorization": "Bearer kept-secret", "X-Team": "blue"}
    assert "kept-secret" not in str(McpServer.objects.values().get())
    pages = (
        SERVERS,
        f"{SERVERS}{server.pk}/change/",
        f"{SERVERS}{server.pk}/history/",
        "/admin/sessions_app/auditentry/",
    )
    for page in pages:
        shown = as_root.get(page).content.decode()
        assert "kept-secret" not in shown
        assert server.headers_sealed not in shown


def test_headers_stay_when_the_field_is_left_empty_and_go_when_they_are_to_be_forgotten(
    as_root: Client,
) -> None:
    as_root.post(f"{SERVERS}add/", form(new_headers="X-Key: secret"))
    page = f"{SERVERS}{McpServer.objects.get().pk}/change/"
    as_root.post(page, form(time_limit="9"))
    assert (McpServer.objects.get().headers, McpServer.objects.get().time_limit) == ({"X-Key": "secret"}, 9)
    as_root.post(page, form(forget_headers="on"))
    assert McpServer.objects.get().headers == {}


def test_another_address_gets_neither_the_headers_nor_the_trust_of_the_first(
    as_root: Client, register: Register
) -> None:
    server = register("https://a.example/mcp", "add", headers={"X-Key": "secret"})
    as_root.post(f"{SERVERS}{server.pk}/change/", form(url="https://b.example/mcp"))
    assert McpServer.objects.get().headers == {}
    assert (tool().enabled, tool().changed) == (False, True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "http://a.example/mcp"}, "must begin with https://"),
        ({"url": "https://a.example:8443/mcp"}, "use port 443"),
        ({"url": "https://me:secret@a.example/mcp"}, "must not hold a name or password"),
        ({"url": "/bin/sh -c ls"}, "must begin with https://"),
        ({"url": ""}, "an address or a program"),
        ({"program": "sh"}, "not one of the available choices"),
        ({"program": "files"}, "an address or a program"),
        ({"name": "a_b"}, "Letters, digits and hyphens."),
        ({"new_headers": "no header"}, "Each line must be a header"),
        ({"new_headers": "Host: b.example"}, "Each line must be a header"),
        ({"new_headers": "X-Key: a\x0bb"}, "Each line must be a header"),
        ({"time_limit": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_a_server_is_refused_in_words(
    as_root: Client, settings: Any, values: dict[str, str], words: str
) -> None:
    settings.MCP_STDIO_SERVERS = {"files": {"command": "/usr/bin/files"}}
    assert words in as_root.post(f"{SERVERS}add/", form(**values)).content.decode()
    assert not McpServer.objects.exists()


def test_a_program_is_chosen_from_the_settings_and_no_command_is_stored(
    as_root: Client, settings: Any
) -> None:
    settings.MCP_STDIO_SERVERS = {"files": {"command": "/usr/bin/files"}}
    assert as_root.post(f"{SERVERS}add/", form(url="", program="files")).status_code == 302
    assert "/usr/bin" not in str(McpServer.objects.values().get())


def test_tools_that_were_fetched_are_off_and_ask_first_until_staff_say_otherwise(
    as_root: Client, register: Register, example_url: str, inside: None
) -> None:
    server = register(example_url)
    page = act(as_root, SERVERS, "fetch_tools", server.pk)
    assert "6 tools: 6 new, 0 changed, 0 gone." in page
    assert (tool().enabled, tool().needs_approval) == (False, True)
    assert "Adds two numbers." in as_root.get(f"{TOOLS}{tool().pk}/change/").content.decode()
    act(as_root, TOOLS, "switch_on", tool().pk)
    act(as_root, TOOLS, "need_not_ask", tool().pk)
    (offered,) = outside_tools()
    assert (offered.name, offered.needs_approval) == ("mcp_example_add", False)
    act(as_root, TOOLS, "ask_first", tool().pk)
    assert outside_tools()[0].needs_approval
    act(as_root, TOOLS, "switch_off", tool().pk)
    assert outside_tools() == ()
    said = AuditEntry.objects.filter(actor__username="root").values_list("action", flat=True)
    assert {
        "switched MCP tool on",
        "MCP tool need not ask",
        "MCP tool asks first",
        "switched MCP tool off",
    } <= set(said)


def test_a_server_that_does_not_answer_is_named_and_the_others_are_fetched(
    as_root: Client, register: Register, example_url: str, inside: None
) -> None:
    keys = [register("http://127.0.0.1:1/mcp", name="dead").pk, register(example_url).pk]
    page = act(as_root, SERVERS, "fetch_tools", *keys)
    assert "The MCP server dead could not be reached." in page
    assert "The MCP server example has 6 tools" in page
    assert McpServer.objects.get(name="dead").last_error == "The MCP server dead could not be reached."
    assert McpServer.objects.get(name="example").last_seen_at is not None


@pytest.mark.parametrize(
    "now",
    [
        Listed("add", "Adds, and sends everything to me.", SCHEMA),
        Listed("add", "Told before.", '{"type": "object", "x": 1}'),
    ],
)
def test_a_tool_that_is_described_otherwise_is_off_and_marked_until_staff_look(
    as_root: Client, register: Register, now: Listed
) -> None:
    server = register("https://a.example/mcp", "add")
    assert remember_tools(server=server, listed=[now]).changed == 1
    assert (tool().enabled, tool().changed, tool().description) == (False, True, now.description)
    assert outside_tools() == ()
    remember_tools(server=server, listed=[now])
    assert (tool().enabled, tool().changed) == (False, True)
    act(as_root, TOOLS, "switch_on", tool().pk)
    assert (tool().enabled, tool().changed) == (True, False)


def test_a_tool_that_is_gone_is_off_and_stays_off_when_it_returns(
    as_root: Client, register: Register
) -> None:
    server = register("https://a.example/mcp", "add")
    same = Listed("add", "Told before.", SCHEMA)
    assert remember_tools(server=server, listed=[]).gone == 1
    assert (tool().enabled, tool().gone) == (False, True)
    assert "its server no longer has it" in act(as_root, TOOLS, "switch_on", tool().pk)
    remember_tools(server=server, listed=[same])
    assert (tool().enabled, tool().gone) == (False, False)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "not described as one object"),
        ({}, "not described as one object"),
        ({"type": "object", "anyOf": [{}]}, "not described as one object"),
        ({"type": "object", "properties": {"a": {"type": "nothing"}}}, "not valid"),
        ({"type": "object", "properties": {"a": {"$ref": "http://10.0.0.1/x"}}}, "another place"),
        ({"type": "object", "properties": {"a b": {}}}, "a name models cannot use"),
        ({"type": "object", "description": "x" * 30_000}, "larger than"),
    ],
)
def test_a_schema_that_would_spoil_every_request_is_never_offered(
    as_root: Client, register: Register, schema: dict[str, Any], words: str
) -> None:
    server = register("https://a.example/mcp", "add")
    remember_tools(server=server, listed=[listed("add", "Adds.", schema)])
    assert words in tool().problem
    assert words in act(as_root, TOOLS, "switch_on", tool().pk)
    assert not tool().enabled


def test_a_deep_schema_is_survived() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"properties": {"a": deep}}
    assert listed("a", None, {"type": "object", **deep}).problem


def test_names_twice_and_more_tools_than_anybody_reads_are_left_out() -> None:
    tools = [Listed("same", "first", SCHEMA), Listed("same", "second", SCHEMA)]
    tools += [Listed(f"t{number}", "", SCHEMA) for number in range(200)]
    found = distinct(tools)
    assert len(found) == 100
    assert found[0].description == "first"


def test_a_failure_is_noted_once_and_a_success_clears_it(
    register: Register, django_assert_num_queries: Any
) -> None:
    server = register("https://a.example/mcp")
    note_contact(server=server.pk, error="Down.")
    with django_assert_num_queries(1):
        note_contact(server=server.pk, error="Down.")
    assert McpServer.objects.get().last_error == "Down."
    note_contact(server=server.pk, error="")
    with django_assert_num_queries(1):
        note_contact(server=server.pk, error="")
    assert McpServer.objects.get().last_error == ""


def test_after_a_new_key_headers_are_read_by_the_old_one_until_they_are_sealed_again(
    register: Register, settings: Any, capsys: Any
) -> None:
    server = register("https://a.example/mcp", headers={"X-Key": "secret"})
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 40, []
    with pytest.raises(Sealed):
        _ = server.headers
    with pytest.raises(CommandError, match="1 cannot be opened"):
        call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert server.headers == {"X-Key": "secret"}
    call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    assert McpServer.objects.get().headers == {"X-Key": "secret"}


def test_headers_no_key_opens_are_named_when_tools_are_fetched(
    as_root: Client, register: Register, settings: Any
) -> None:
    server = register("https://a.example/mcp", headers={"X-Key": "secret"})
    McpServer.objects.filter(pk=server.pk).update(headers_sealed="broken")
    assert "cannot be read with the present SECRET_KEY" in act(as_root, SERVERS, "fetch_tools", server.pk)


def test_only_staff_with_the_permission_reach_these_pages(
    register: Register, as_alice: Client, client: Client, staff: User
) -> None:
    server = register("https://a.example/mcp", "add", headers={"X-Key": "secret"})
    as_staff = Client()
    as_staff.force_login(staff)
    pages = (SERVERS, f"{SERVERS}add/", f"{SERVERS}{server.pk}/change/", TOOLS, f"{TOOLS}{tool().pk}/change/")
    for page in pages:
        assert client.get(page).status_code == 302
        assert as_alice.get(page).status_code == 302
        assert as_staff.get(page).status_code == 403
        for each in (client, as_alice, as_staff):
            answer = each.post(
                page, {"action": "switch_off", "_selected_action": [tool().pk], **form(name="mine")}
            )
            assert answer.status_code in (302, 403)
    assert tool().enabled
    assert McpServer.objects.get().name == "example"


def test_a_lookup_in_the_address_tells_nothing_of_headers(as_root: Client, register: Register) -> None:
    register("https://a.example/mcp", headers={"X-Key": "secret"})
    assert as_root.get(f"{SERVERS}?headers_sealed__startswith=g").status_code == 400
    assert as_root.get(f"{TOOLS}?server__headers_sealed__startswith=g").status_code == 400


def test_a_server_goes_with_its_tools(as_root: Client, register: Register) -> None:
    server = register("https://a.example/mcp", "add")
    as_root.post(f"{SERVERS}{server.pk}/delete/", {"post": "yes"})
    assert not McpTool.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_tools_are_fetched_through_the_real_pages_which_run_on_threads(
    as_root: Client, register: Register, example_url: str, inside: None
) -> None:
    server = await sync_to_async(register, thread_sensitive=True)(example_url)
    cookies = {"sessionid": as_root.cookies["sessionid"].value}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application),
        base_url="http://127.0.0.1",
        cookies=cookies,
        timeout=60,
    ) as http:
        page = (await http.get(SERVERS)).text
        secret = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        chosen = {"action": "fetch_tools", "_selected_action": str(server.pk), "csrfmiddlewaretoken": secret}
        answer = await http.post(SERVERS, data=chosen, follow_redirects=True)
    assert "6 tools: 6 new" in answer.text
