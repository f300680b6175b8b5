"""What a reply is asked with: the stored path above it becomes a request, its window moving in steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from sessions_app.mcp_client.tools import outside_tools
from sessions_app.models import ApiToken, Message, Reply, Summary, ToolCall, ToolConsent, User
from sessions_app.plugins.toolbox import plugin_tools
from sessions_app.prepared import Rows, Select, given
from sessions_app.providers.base import (
    File,
    Request,
    Text,
    Turn,
)

from . import front, labels, passages, prompts
from .attached import files_of, known, names_of
from .cards import is_card, told
from .history import StoredMessage, turns
from .passages import Passage
from .searching import named_in, own_search, told_tools
from .shortening import shortened
from .sizes import rough_size
from .tools import Toolbox, ToolContext, as_told, load_tools

_above = Message.objects.filter
_asked = Rows(
    lambda: (
        _above(
            session=given("chat"),
            position__lt=given("end"),
            position__lte=given("start"),
            role=Message.Role.USER,
        )
        .shown()
        .reverse()
        .values_list("position")[:1]
    )
)
_line = Rows(lambda: _above(pk=given("message"), session=given("chat")).shown().values_list("position"))
_consents = Rows(lambda: ToolConsent.objects.filter(user=given("user")).order_by().values_list("tool_name"))
_window = Select(
    lambda: (
        _above(session=given("chat"), position__gte=given("start"), position__lt=given("end"))
        .shown()
        .only("role", "parts", "origin_key", "position", "author")
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs. `kept` is the text a continued reply begins with, `payer` whose ledger it is on. A
    `doubted` provider failed when it was last asked. `given` are the passages the model is told, by their keys; `cites`:
    it was told of some once, and may cite by marks. `pieces` are those of `kept`, each with what it cites."""

    request: Request
    provider: str
    tools: Toolbox
    max_turns: int
    kept: str
    payer: int | None
    estimate: int
    instead: Instead | None = None
    doubted: bool = False
    given: Mapping[str, Passage] = field(default_factory=dict)
    cites: bool = False
    pieces: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Instead:
    """Another model answers than the one that was asked: its `config`, and `sentence` says so to people."""

    config: Mapping[str, Any]
    sentence: str


def plan(reply: Reply) -> Plan:
    """The request for a claimed reply (message, its parent and the chat selected)."""
    chat, config = reply.session, reply.model_config
    info = known(config)
    asker = asker_of(reply)
    box = toolbox(asker, chat.pk, chat.settings.get("tools"), plain=is_plain(reply, asker))
    searches = own_search(box, info)
    stored = path_above(reply)
    kept, pieces = "", tuple[tuple[str, Any], ...]()
    if earlier := kept_version(reply):
        kept, pieces = earlier.content, pieces_of(earlier)
        before = worded([stored_message(earlier, results_of([earlier]))], asker.pk)
        stored += [*before, StoredMessage("user", [asked_to_go_on()])]
    if reply.turns:
        stored += worded([said_so_far(reply.message, kept)], asker.pk)
    request = Request(
        model=config["model"],
        turns=turns(stored, provider=config["provider"], model=config["model"]),
        system=system_prompt(chat.settings),
        tools=told_tools(box, searches) if info is None or info.tools else (),
        server_tools=searches,
        max_tokens=config["max_tokens"],
        temperature=config.get("temperature"),
        thinking=bool(config.get("thinking")),
        info=info,
    )
    box = for_reply(box, reply, named=named_in(stored))
    turns_left, size = config.get("max_turns", 10), rough_size(request)
    given, cites = given_in(stored)
    return Plan(
        request,
        config["provider"],
        box,
        turns_left,
        kept,
        asker.pk,
        size,
        given=given,
        cites=cites,
        pieces=pieces,
    )


def asker_of(reply: Reply) -> User:
    """Whose rights the reply's tools have, and whose ledger its calls are on."""
    question = reply.message.parent
    return question.author if question is not None and question.author else reply.session.owner


def tools_of(reply: Reply) -> tuple[Toolbox, int]:
    """The tools of a reply that goes on, and who pays."""
    asker = asker_of(reply)
    only, plain = reply.session.settings.get("tools"), is_plain(reply, asker)
    return for_reply(toolbox(asker, reply.session_id, only, plain=plain), reply), asker.pk


def for_reply(box: Toolbox, reply: Reply, **more: Any) -> Toolbox:
    """The tools, bound to the reply that they run for too."""
    here = {"message_id": reply.pk, "token": reply.api_token, **more}
    return box.bound(replace(box.context, **here)) if box.context else box


def is_plain(reply: Reply, asker: User) -> bool:
    """Whether the reply was asked for with a token that may not do what staff may: its tools may not either."""
    if reply.api_token is None or not asker.is_staff:
        return False
    token = ApiToken.objects.living().filter(public_id=reply.api_token, user=asker).first()
    return token is None or not token.allows("admin")


def own_tools() -> Toolbox:
    """The tools of this workspace, as its settings want them; bound to nobody."""
    loaded = load_tools(settings.AGENT_TOOLS, premium=settings.PREMIUM_TOOLS, asking=settings.APPROVAL_TOOLS)
    return loaded.here()


def offered_tools(user: User | None = None) -> Toolbox:
    """Our own tools, then those of MCP servers and of plugins that staff switched on; for `user` without those of plugins
    they do not use. Bound to nobody."""
    own = own_tools()
    others = [tool for tool in (*outside_tools(), *plugin_tools(user)) if tool.name not in own.tools]
    return Toolbox.of(*own.tools.values(), *others) if others else own


def toolbox(
    asker: User, chat: UUID | str, only: Sequence[str] | None = None, *, plain: bool = False
) -> Toolbox:
    """The tools of the workspace, bound to a person; `only` those that the chat's settings name, where they do."""
    box = offered_tools(asker).only(only)
    asking = {name for name, tool in box.tools.items() if tool.needs_approval}
    consents = {name for (name,) in _consents.all(user=asker.pk)} if asking else set()
    return box.bound(
        ToolContext(
            user_id=asker.pk,
            chat_id=chat,
            premium=asker.plan == User.Plan.PREMIUM,
            plain=plain,
            consents=frozenset(asking & consents),
        )
    )


def said_so_far(answer: Message, kept: str) -> StoredMessage:
    """The turns of a reply that waited, without the text it was begun with: the history has that already."""
    parts, left = [dict(part) for part in answer.parts], kept
    while left and parts and parts[0]["kind"] == "text":
        text = parts[0]["text"]
        if not left.startswith(text):
            parts[0]["text"] = text.removeprefix(left)
            break
        left = left[len(text) :]
        parts.pop(0)
    results = results_of([answer]).get(answer.pk, Results())
    return StoredMessage("assistant", parts, results.told, found=results.found)


def system_prompt(chosen: Mapping[str, Any]) -> str:
    """The product's instructions, then the chat's own, of its settings; nothing that changes from call to call."""
    videos = bool(settings.PASSAGE_TEXTS and chosen.get("videos"))
    told = [prompts.read("system"), *([prompts.read("videos")] if videos else [])]
    return "\n\n".join(filter(None, [*told, chosen.get("system_prompt", "")]))


def worded(stored: list[StoredMessage], user_id: int) -> list[StoredMessage]:
    """The messages with the words of their passages, as far as this person may be told them now. Asks nothing where there
    are none."""
    keys = {passage.key for message in stored for passage in message.passages}
    if not keys:
        return stored
    texts = import_string(settings.PASSAGE_TEXTS)(keys, user_id) if settings.PASSAGE_TEXTS else {}
    return [message.worded(texts) if message.passages else message for message in stored]


def given_in(stored: Iterable[StoredMessage]) -> tuple[dict[str, Passage], bool]:
    """The passages whose words these messages tell, by their keys, and whether they hold or cite any at all."""
    given: dict[str, Passage] = {}
    cites = False
    for message in stored:
        for passage in message.passages:
            cites = True
            if passage.key in message.texts:
                given[passage.key] = passage
        cites = cites or message.cites
    return given, cites


def path_above(reply: Reply) -> list[StoredMessage]:
    """The messages above a reply that it is asked with, oldest first: from where `whole` let them begin, or the line of
    `/clear` if that is lower. It begins at a person's message, in front of it what stands for those above."""
    config, chat, end = reply.model_config, reply.session_id, reply.message.position
    line = line_above(reply)
    begins = max(int(config.get("begins_at", 1)), line + 1)
    asked = _asked.first(chat=chat, start=begins, end=end) if begins > 1 else None
    rows = _window.all(chat=chat, start=asked[0] if asked else begins, end=end)
    results = results_of(rows)
    files = files_of(rows, config)
    asker = asker_of(reply).pk
    stored = worded([stored_message(row, results, files, asker) for row in rows], asker)
    below = int(config.get("shortened_below", 0))
    short = [
        shortened(each) if row.position < below else each for row, each in zip(rows, stored, strict=True)
    ]
    return [*in_front(reply, begins, line), *short]


def in_front(reply: Reply, begins: int, line: int) -> list[StoredMessage]:
    """What the model is told of the messages above the window: their summary, or that there were some. The same bytes
    from answer to answer, as long as the window stays."""
    if begins <= line + 1:
        return []
    key = reply.model_config.get("summary")
    row = Summary.objects.filter(pk=key, session=reply.session_id, position__gt=line).first() if key else None
    words = [front.of_summary(row.text)] if row and row.text else []
    if not words or (row and row.position < begins - 1):
        words.append(front.LEFT_OUT)
    return [StoredMessage("user", [{"kind": "text", "turn": 0, "text": text} for text in words])]


def line_above(reply: Reply) -> int:
    """The position of the last message above the line that `/clear` draws, 0 where there is none on this path. The
    question itself is always sent, though the line be drawn at it."""
    key, question = reply.session.context_from_id, reply.message.position - 1
    line = _line.all(message=key, chat=reply.session_id) if key else ()
    return min(int(line[0][0]), question - 1) if line and line[0][0] <= question else 0


def kept_version(reply: Reply) -> Message | None:
    """The version this reply continues; looked up through the same chat."""
    key = reply.model_config.get("continues")
    return Message.objects.filter(pk=key, session=reply.session_id).first() if key else None


def pieces_of(earlier: Message) -> tuple[tuple[str, Any], ...]:
    """The text of a version as one that continues it begins: in pieces that end where something is cited."""
    pieces: list[tuple[str, Any]] = []
    plain, left = "", earlier.content
    for part in earlier.parts:
        text = part["text"] if part["kind"] == "text" else ""
        if not text or text not in left:
            continue
        before, _, left = left.partition(text)
        plain += before
        if part.get("citations"):
            pieces += [(plain, None), (text, part["citations"])]
            plain = ""
        else:
            plain += text
    return tuple((text, cited) for text, cited in [*pieces, (plain + left, None)] if text)


def asked_to_go_on() -> dict[str, Any]:
    """Newer models refuse a prefilled answer: they are asked by a user turn."""
    return {"kind": "text", "turn": 0, "text": prompts.read("continue")}


@dataclass(frozen=True, slots=True)
class Results:
    """Of one message, by tool_use_id: as the model was told them, and those that hold passages as they are kept."""

    told: dict[str, tuple[str, bool]] = field(default_factory=dict)
    found: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def results_of(rows: Sequence[Message]) -> dict[Any, Results]:
    """Tool results by message."""
    found: dict[Any, Results] = {}
    answers = [row.pk for row in rows if row.role == Message.Role.ASSISTANT]
    if not answers:
        return found
    for call in ToolCall.objects.filter(message__in=answers).exclude(status__in=ToolCall.OPEN):
        good = call.status == ToolCall.Status.SUCCESS
        content = as_told(call.result) if good else call.error_message or call.status
        results = found.setdefault(call.message_id, Results())
        results.told[call.tool_use_id] = (content, not good)
        if good and call.tool_name == passages.TOOL and passages.kept_in(call.result):
            results.found[call.tool_use_id] = call.result
    return found


def stored_message(
    row: Message,
    results: Mapping[Any, Results],
    files: Mapping[str, File] | None = None,
    asker: int | None = None,
) -> StoredMessage:
    role: Literal["user", "assistant"] = "user" if row.role == Message.Role.USER else "assistant"
    parts, answers = row.parts, results.get(row.pk, Results())
    found = answers.found
    if row.imported:  # a provider refuses thinking that it did not give: nobody vouches for that of a file
        parts = [without_raw(part) for part in parts if part["kind"] != "thinking"]
        found = {}  # nor for keys of passages, which may be another workspace's
    own = role == "user" and not row.imported and row.author_id is not None and row.author_id == asker
    return StoredMessage(role, parts, answers.told, files or {}, own, found)


def without_raw(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in part.items() if name not in ("raw", "passages", "marks")}


def title_request(reply: Reply, model: str) -> Request | None:
    """The request that names a chat after its first message, or None where there is nothing to name it by."""
    first = (
        Message.objects.filter(session=reply.session_id, role=Message.Role.USER).order_by("position").first()
    )
    if first is None:
        return None
    return Request(
        model=model,
        turns=(Turn("user", (Text(named_by(first)),)),),
        system=prompts.read("title"),
        max_tokens=60,
        purpose="title",
    )


def named_by(first: Message) -> str:
    """What a session that begins with this message is named by."""
    told_as = first.content[:4000] or "\n".join(told(part) for part in first.parts if is_card(part))[:4000]
    return told_as or names_of(first.parts)


def tool_label(name: str) -> str:
    """A tool's name for people."""
    return labels.look(name).label
