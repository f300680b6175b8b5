"""What the model says, or how it fails: one small generator of steps a scenario, chosen by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tests.upstream.answer import Answer
from tests.upstream.steps import Cut, Gate, Page, Refuse, Silence, Steps
from tests.upstream.tokens import as_blocks

MARKDOWN_EVERY = 12
# The key of a passage: in a card of the question, and in a tool's result.
PASSAGE = re.compile(r"""(?:^|\n|\\n|["']key["\\']*:\s*[\\"']*)(v[0-9a-z]{1,13})(?= \(|[\\"'])""")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario's name and its knobs. `rate` is deltas a second (0: at once), `first` seconds before the first."""

    name: str = "words"
    words: int = 20
    rate: float = 0
    first: float = 0
    text: str = ""
    retry_after: str = ""
    ping_every: float = 0.05
    after: int = 3
    tools: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, spec: Scenario | str | Mapping[str, Any]) -> Scenario:
        """From a name, or from JSON. Raises ValueError for a name or knob that does not exist."""
        if isinstance(spec, Scenario):
            return spec
        given = {"name": spec} if isinstance(spec, str) else dict(spec)
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown or given.get("name", "words") not in {*SCENARIOS, *MORE}:
            raise ValueError(f"no such scenario or knob: {given.get('name')} {sorted(unknown)}")
        return cls(**{**given, "tools": tuple(given.get("tools", ()))})

    def steps(self, answer: Answer) -> Steps:
        """What this scenario does to one request."""
        return (answer.scenarios.get(self.name) or SCENARIOS[self.name])(answer, self)


def numbered(count: int) -> list[str]:
    """ "w1 ", "w2 ", …: a lost, doubled or moved piece shows at once."""
    return [f"w{n} " for n in range(1, count + 1)]


def marked_down(count: int) -> list[str]:
    """Numbered words in paragraphs, lists and code, one delta a word."""
    pieces = []
    for n, word in enumerate(numbered(count)):
        kind = (n // MARKDOWN_EVERY) % 3
        first, last = n % MARKDOWN_EVERY == 0, n % MARKDOWN_EVERY == MARKDOWN_EVERY - 1 or n == count - 1
        opening = ("", "- ", "```python\n")[kind] if first else ("\n- " if kind == 1 and n % 4 == 0 else "")
        pieces.append(opening + word + ((("\n\n", "\n\n", "\n```\n\n")[kind]) if last else ""))
    return pieces


def _words(answer: Answer, s: Scenario) -> Steps:
    yield from answer.whole([s.text] if s.text else numbered(s.words))


def _markdown(answer: Answer, s: Scenario) -> Steps:
    yield from answer.whole(marked_down(s.words))


def _echo(answer: Answer, s: Scenario) -> Steps:
    text = answer.last_text
    yield from answer.whole([text[n : n + 8] for n in range(0, len(text), 8)])


def _pages(answer: Answer, s: Scenario) -> Steps:
    """`words` deltas of 4 KB."""
    yield from answer.whole([f"w{n} {'lorem ipsum ' * 340}\n\n" for n in range(1, s.words + 1)])


def _spelled(answer: Answer, s: Scenario) -> Steps:
    """The text in pieces of three characters."""
    yield from answer.whole(_threes(s.text))


def _spelled_gate(answer: Answer, s: Scenario) -> Steps:
    """The same, and its end only when the test releases it."""
    yield answer.start()
    yield from answer.text_block(_threes(s.text), close=False)
    yield Gate()
    yield answer.close_block()
    yield from answer.end("end_turn")


def _threes(text: str) -> list[str]:
    return [text[n : n + 3] for n in range(0, len(text), 3)]


def _title(answer: Answer, s: Scenario) -> Steps:
    yield from answer.whole([s.text or "A plain title"])


def _gate(answer: Answer, s: Scenario) -> Steps:
    """Some words, then nothing until the test releases it, then the rest."""
    words = numbered(s.words)
    yield answer.start()
    yield from answer.text_block(words[: s.after], close=False)
    yield Gate()
    yield from answer.text_deltas(words[s.after :])
    yield answer.close_block()
    yield from answer.end("end_turn")


def partly(ending: Callable[[Answer, Scenario], Iterable[Any]]) -> Callable[[Answer, Scenario], Steps]:
    """Some words, then this ending."""

    def steps(answer: Answer, s: Scenario) -> Steps:
        yield answer.start()
        yield from answer.text_block(numbered(s.after), close=False)
        yield from ending(answer, s)

    return steps


def refused(status: int, kind: str, message: str) -> Callable[[Answer, Scenario], Steps]:
    def steps(answer: Answer, s: Scenario) -> Steps:
        yield Refuse(status, kind, message, {"retry-after": s.retry_after} if s.retry_after else {})

    return steps


def _error_event(kind: str, message: str) -> Callable[[Answer, Scenario], Steps]:
    return partly(lambda answer, s: [answer.error_event(kind, message)])


def _garbage(kind: str) -> Callable[[Answer, Scenario], Steps]:
    return partly(lambda answer, s: [answer.garbage(kind)])


def only(*steps: Any) -> Callable[[Answer, Scenario], Steps]:
    return lambda answer, s: iter(steps)


def _stopping(reason: str) -> Callable[[Answer, Scenario], Steps]:
    return lambda answer, s: answer.whole(numbered(s.after), reason)


def _pieces(*pieces: str) -> Callable[[Answer, Scenario], Steps]:
    return lambda answer, s: answer.whole(list(pieces))


def _empty(answer: Answer, s: Scenario) -> Steps:
    yield answer.start()
    yield from answer.end("end_turn")


def _unknown_events(answer: Answer, s: Scenario) -> Steps:
    yield answer.start()
    yield {"type": "weather_report", "sun": True}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "hologram", "depth": 3}}
    yield {"type": "content_block_delta", "index": 0, "delta": {"type": "hologram_delta", "depth": 4}}
    yield {"type": "content_block_stop", "index": 0}
    answer.index = 1
    yield from answer.text_block(numbered(s.after), close=False)
    yield {"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": {}}}
    yield answer.close_block()
    yield from answer.end("end_turn")


def _thinking(answer: Answer, s: Scenario) -> Steps:
    yield answer.start()
    yield from answer.thinking_block(["Let me ", "see: ", "“ä” "])
    yield from answer.text_block(numbered(s.after))
    yield from answer.end("end_turn")


def _redacted(answer: Answer, s: Scenario) -> Steps:
    yield answer.start()
    yield from answer.redacted_block()
    yield from answer.text_block(numbered(s.after))
    yield from answer.end("end_turn")


def _tools(answer: Answer, s: Scenario, count: int, thinking: bool = False) -> Steps:
    """Ask for tools; once their results are there, answer in words."""
    if answer.has_results:
        yield from answer.whole(numbered(s.words))
        return
    yield from _ask(answer, s, count, thinking)


def _ask(answer: Answer, s: Scenario, count: int, thinking: bool = False) -> Steps:
    yield answer.start()
    if thinking:
        yield from answer.thinking_block(["I need ", "a tool."])
    else:
        yield from answer.text_block(["Let me ", "look. "])
    names = answer.tool_names or ["no_such_tool"]
    calls = s.tools or tuple({"name": names[n % len(names)], "input": {}} for n in range(count))
    for call in calls:
        yield from answer.tool_block(call["name"], call.get("input", {}), call.get("json"))
    yield from answer.end("tool_use")


TOWER = ("The tower's hours", "https://tower.example/hours")
GUIDE = ("A guide to the town", "https://guide.example/town?a=1&b=2")


def _search(answer: Answer, s: Scenario) -> Steps:
    """A search of the server's own, and an answer that cites what it found."""
    yield answer.start()
    yield from answer.text_block(["Let me ", "search. "])
    yield from answer.search_block("tower hours")
    yield from answer.found_block(TOWER, GUIDE)
    yield from _from_pages(answer)


def _from_pages(answer: Answer) -> Steps:
    yield from answer.text_block(["The tower "])
    yield from answer.cited_block(["opens ", "at nine"], TOWER)
    yield from answer.text_block([" and "])
    yield from answer.cited_block(["closes at six"], GUIDE, TOWER)
    yield from answer.text_block(["."])
    yield from answer.end("end_turn")


def _cite(answer: Answer, s: Scenario) -> Steps:
    """Cites the first passage of a video that it was told of, and one that there is not; asks the tool for some first, where it
    was told of none."""
    blocks = [block for message in answer.body["messages"] for block in as_blocks(message["content"])]
    keys = PASSAGE.findall(
        "\n".join(str(block.get("text") or block.get("content") or "") for block in blocks)
    )
    tool = "search_video_transcripts"
    if not keys and tool in answer.tool_names and not answer.has_results:
        yield answer.start()
        yield from answer.tool_block(tool, {"query": answer.last_text[:200]})
        yield from answer.end("tool_use")
        return
    cited = f" [cite:{keys[0]},vzzzzzzz]" if keys else ""
    text = f"{s.text or 'It is said there'}{cited}. And more."
    yield from answer.whole([text[n : n + 5] for n in range(0, len(text), 5)])


def _search_pause(answer: Answer, s: Scenario) -> Steps:
    """The same in two calls: the server pauses when it has searched, and goes on with what it is sent back."""
    yield answer.start()
    if answer.body["messages"][-1]["role"] == "assistant":
        yield from _from_pages(answer)
        return
    yield from answer.thinking_block(["I should ", "search."])
    yield from answer.search_block("tower hours")
    yield from answer.found_block(TOWER)
    yield from answer.end("pause_turn")


def _search_beside_tool(answer: Answer, s: Scenario) -> Steps:
    """A search and a tool of the client in one turn: the search runs when the tool has answered."""
    yield answer.start()
    blocks = [block for message in answer.body["messages"] for block in as_blocks(message["content"])]
    asked = [block["id"] for block in blocks if block["type"] == "server_tool_use"]
    if answer.has_results and asked:
        answer.searches = 1
        yield from answer.found_block(TOWER, of=asked[-1])
        yield from _from_pages(answer)
        return
    yield from answer.search_block("tower hours")
    answer.searches = 0  # it has not run yet
    for call in s.tools:
        yield from answer.tool_block(call["name"], call.get("input", {}))
    yield from answer.end("tool_use")


def _search_refused(answer: Answer, s: Scenario) -> Steps:
    yield answer.start()
    yield from answer.search_block("tower hours")
    yield from answer.not_found_block("max_uses_exceeded")
    yield from answer.text_block(["Nothing ", "was found."])
    yield from answer.end("end_turn")


def _search_cut(answer: Answer, s: Scenario) -> Steps:
    """The line breaks while the server searches."""
    yield answer.start()
    yield from answer.search_block("tower hours")
    yield Cut("rst")


def _tool_json(source: str, reason: str) -> Callable[[Answer, Scenario], Steps]:
    def steps(answer: Answer, s: Scenario) -> Steps:
        if answer.has_results:
            yield from answer.whole(numbered(s.words))
            return
        yield answer.start()
        yield from answer.tool_block((answer.tool_names or ["no_such_tool"])[0], {}, source)
        yield from answer.end(reason)

    return steps


def _unknown_tool(answer: Answer, s: Scenario) -> Steps:
    yield from _tools(answer, Scenario("tool", s.words, tools=({"name": "no_such_tool", "input": {}},)), 1)


def _tiny(answer: Answer, s: Scenario) -> Steps:
    yield from answer.whole([chr(97 + n % 26) for n in range(20_000)])


_OVERLOADED = refused(529, "overloaded_error", "Overloaded")

SCENARIOS: dict[str, Callable[[Answer, Scenario], Steps]] = {
    "words": _words,
    "markdown": _markdown,
    "echo": _echo,
    "spelled": _spelled,
    "spelled_gate": _spelled_gate,
    "pages": _pages,
    "cite": _cite,
    "title": _title,
    "gate": _gate,
    "stall": partly(lambda answer, s: [Silence()]),
    "stall_pings": partly(lambda answer, s: [Silence(s.ping_every)]),
    "silence": only(b"", Silence()),
    "silence_pings": lambda answer, s: iter([answer.start(), Silence(s.ping_every)]),
    "hang": only(Silence()),
    "rate_limited": refused(429, "rate_limit_error", "This request would exceed your rate limit"),
    "overloaded": _OVERLOADED,
    "unauthorized": refused(401, "authentication_error", "invalid x-api-key"),
    "bad_request": refused(400, "invalid_request_error", "metadata: Extra inputs are not permitted"),
    "too_long": refused(400, "invalid_request_error", "prompt is too long: 1200000 tokens > 1000000 maximum"),
    "no_credit": refused(400, "invalid_request_error", "Your credit balance is too low to access the API."),
    "billing": refused(402, "billing_error", "Payment required"),
    "forbidden": refused(403, "permission_error", "Your API key does not have permission"),
    "missing": refused(404, "not_found_error", "model: not found"),
    "too_large": refused(413, "request_too_large", "Request exceeds the maximum size"),
    "server_error": refused(500, "api_error", "Internal server error"),
    "bad_gateway": refused(502, "", "<html>bad gateway</html>"),
    "redirect": only(Refuse(307, "", "", {"location": "/v1/messages"})),
    "error_event": _error_event("overloaded_error", "Overloaded"),
    "rate_event": _error_event("rate_limit_error", "Slow down"),
    "api_event": _error_event("api_error", "Internal server error"),
    "strange_event": _error_event("brand_new_error", "?"),
    "cut_rst": partly(lambda answer, s: [Cut("rst")]),
    "cut_fin": partly(lambda answer, s: [Cut("fin")]),
    "cut_json": partly(lambda answer, s: [answer.garbage("half"), Cut("fin")]),
    "cut_early": only(Cut("rst")),
    "cut_headers": only(b"", Cut("rst")),
    "no_stop": partly(lambda answer, s: [answer.close_block()]),
    "no_delta_stop": partly(lambda answer, s: [{"type": "message_stop"}]),
    "garbage_json": _garbage("json"),
    "garbage_utf8": _garbage("utf8"),
    "garbage_shape": _garbage("shape"),
    "html": only(Page(b"<html><title>Please log in</title></html>", "text/html")),
    "big_delta": _pieces("x" * 1_000_000),
    "tiny_deltas": _tiny,
    "emoji_split": _pieces("smile ", "\ud83d", "\ude00", " done"),
    "surrogates": _pieces("a\ud83d", "b", "\ude00c"),
    "nul": _pieces("a\x00b"),
    "refusal": _stopping("refusal"),
    "max_tokens": _stopping("max_tokens"),
    "pause": _stopping("pause_turn"),
    "stop_sequence": _stopping("stop_sequence"),
    "context_window": _stopping("model_context_window_exceeded"),
    "unknown_stop": _stopping("out_of_ink"),
    "empty": _empty,
    "unknown_events": _unknown_events,
    "thinking": _thinking,
    "redacted": _redacted,
    "thinking_tool": lambda answer, s: _tools(answer, s, 1, thinking=True),
    "tool": lambda answer, s: _tools(answer, s, 1),
    "two_tools": lambda answer, s: _tools(answer, s, 2),
    "endless_tools": lambda answer, s: _ask(answer, s, 1),
    "unknown_tool": _unknown_tool,
    "broken_tool": _tool_json('{"query": "unbalanced, "n": [1', "tool_use"),
    "cut_tool": _tool_json('{"query": "the begin', "max_tokens"),
    "search": _search,
    "search_pause": _search_pause,
    "search_beside_tool": _search_beside_tool,
    "search_refused": _search_refused,
    "search_cut": _search_cut,
    "list_tool": _tool_json("[1, 2]", "tool_use"),
}

# Names that only another protocol's answer knows.
MORE: set[str] = set()

# For markers in a person's text, which cannot fill the queue: the nth request of that text takes the nth entry.
SEQUENCES = {
    "overloaded_then_ok": ("overloaded", "overloaded", "words"),
    "rate_limited_then_ok": ("rate_limited", "words"),
    "error_then_ok": ("server_error", "words"),
}
