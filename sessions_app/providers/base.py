"""What every model provider speaks: values in, events out, few errors.

Nothing here knows the database or Django, so that a provider can be tried in a plain shell.
Counts are tokens; `Counts.input` never contains cached tokens (providers disagree, we normalise at this edge).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

# ---------------------------------------------------------------- request


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text of one turn. `own` is the same in its provider's own form, with what it cites; where that is a call or
    result of a tool the provider ran itself, `text` is empty: others are sent nothing in its place."""

    text: str
    own: Raw | None = None


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call the model made earlier; its result must follow in the next user turn."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered: `content` is text (JSON as a rule)."""

    tool_use_id: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A block of a provider's own making (signed thinking), sent back only to it, byte for byte."""

    provider: str
    model: str
    block: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a person. `load` gives its bytes, from the disk and not at once: never on an event loop."""

    name: str
    media_type: str
    load: Callable[[], bytes] = field(compare=False)
    tokens: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF, page by page as it looks. `load` as for pictures; `text` for who cannot look at it."""

    name: str
    load: Callable[[], bytes] = field(compare=False)
    tokens: int = 0
    size: int = 0
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FileText:
    """The words of a file: all of a text, or what was read out of a PDF. `kind` says what it is, for people."""

    name: str
    text: str
    language: str = ""
    kind: str = "text"
    size: int = 0


File = Picture | Document | FileText
Part = Text | ToolUse | ToolResult | Raw | File


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the history. Tool results travel in user turns, as the APIs want it."""

    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it: `schema` is the JSON schema of its arguments, `tokens` a rough size of it all."""

    name: str
    description: str
    schema: Mapping[str, Any]
    tokens: int = field(default=0, compare=False)


def no_rest() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """One model call. `temperature` is None where the model takes none or nobody asked for one.

    `server_tools` are those that the provider runs itself. `rest` gives the seconds to wait before each further read of
    the answer: under load one read then brings what would have been several. `info` is what the workspace knows of the
    model, where that is more than the catalog.
    """

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 4096
    temperature: float | None = None
    thinking: bool = False
    purpose: str = "reply"
    rest: Callable[[], float] = field(default=no_rest, compare=False)
    info: ModelInfo | None = field(default=None, compare=False)
    server_tools: tuple[str, ...] = ()


# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of one model call."""

    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    web_searches: int = 0  # made by the provider: no tokens, but they cost

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h + self.output


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the call: input is known from here on, so it is charged even when stopped.

    Where it tells its counts only at the end `counted` is False: the input is then estimated until it does.
    """

    counts: Counts
    request_id: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDone:
    """A thinking block ended; `raw` must be sent back with the history of the same provider and model."""

    raw: Raw | None


@dataclass(frozen=True, slots=True)
class ToolCallRequested:
    """A whole tool call. `input` is None where its JSON was broken or cut; `problem` then says so."""

    id: str
    name: str
    input: Mapping[str, Any] | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerToolCalled:
    """The provider runs a tool of its own; `raw` must be sent back with the history, before its result."""

    id: str
    name: str
    input: Mapping[str, Any]
    raw: Raw


@dataclass(frozen=True, slots=True)
class ServerToolAnswered:
    """What it found, as a tool of ours would tell it, or why it found nothing."""

    id: str
    result: Mapping[str, Any] | None
    error: str
    raw: Raw


@dataclass(frozen=True, slots=True)
class Citation:
    """A page that a text is drawn from, and the words of it. `passage` is one of a video, without its words: as
    `agent.passages` keeps it."""

    url: str
    title: str
    cited: str
    passage: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class TextCited:
    """The last `length` characters of the text cite these pages; `raw` is that text with them."""

    length: int
    citations: tuple[Citation, ...]
    raw: Raw


@dataclass(frozen=True, slots=True)
class End:
    """The stream reached its proper end. Without this event an answer is never complete.

    `stop_reason` is one of end, tool_use, max_tokens, refusal, pause; anything unknown is passed as it came. `counted` is
    False where the provider gave no counts at all: they are then estimated.
    """

    stop_reason: str
    counts: Counts
    counted: bool = True


Event = (
    Accepted
    | TextDelta
    | ThinkingDelta
    | ThinkingDone
    | ToolCallRequested
    | ServerToolCalled
    | ServerToolAnswered
    | TextCited
    | End
)


# ---------------------------------------------------------------- errors


class ProviderError(Exception):
    """A model call that failed. `sentence` is fit for a person and never holds a key or a raw body."""

    kind = "provider"
    retryable = False
    sentence = "The provider could not answer."

    def __init__(
        self,
        sentence: str | None = None,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str = "",
        provider: str = "Anthropic",
    ) -> None:
        """`provider` is its name for people, where the class's own sentence names one."""
        self.sentence = sentence or type(self).sentence.replace("{provider}", provider)
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        super().__init__(self.sentence)


class Overloaded(ProviderError):
    kind = "overloaded"
    retryable = True
    sentence = "{provider} is overloaded."


class RateLimited(ProviderError):
    kind = "rate_limit"
    retryable = True
    sentence = "The rate limit of this key is reached."


class KeyRefused(ProviderError):
    kind = "authentication"
    sentence = "The key was refused. Staff can set a new one."


class NotAllowed(ProviderError):
    kind = "permission"
    sentence = "This key may not use that model. Staff can choose another."


class BillingProblem(ProviderError):
    kind = "billing"
    sentence = "The account behind the key has a billing problem. Staff can look into it."


class BadRequest(ProviderError):
    kind = "bad_request"
    sentence = "The provider did not accept this request."


class TooLong(ProviderError):
    kind = "too_long"
    sentence = "This conversation is too long for the model."


class ModelMissing(ProviderError):
    kind = "not_found"
    sentence = "The provider does not know this model. Another one can be chosen below."


class ServerFault(ProviderError):
    kind = "server"
    retryable = True
    sentence = "{provider} had an internal error."


class Unreachable(ProviderError):
    """No connection, or none that lived until the first byte of the answer."""

    kind = "connection"
    retryable = True
    sentence = "{provider} could not be reached."


class StreamCut(ProviderError):
    """The answer began and the connection broke, or it ended without its proper end."""

    kind = "stream_cut"
    retryable = True
    sentence = "The connection to {provider} broke in mid-answer."


class StreamGarbled(ProviderError):
    kind = "garbled"
    retryable = True
    sentence = "{provider} sent something that could not be read."


class TimedOut(ProviderError):
    """No content for too long; pings do not count."""

    kind = "timeout"
    retryable = True
    sentence = "{provider} did not answer in time."


class NotInstalled(ProviderError):
    kind = "not_installed"

    def __init__(self, library: str) -> None:
        name = _LIBRARIES.get(library, library)
        super().__init__(f"The {name} library is not installed. Staff can install the “providers” extra.")


_LIBRARIES = {"openai": "OpenAI", "google.genai": "Google Gen AI", "anthropic": "Anthropic"}


# ---------------------------------------------------------------- the interface


class Provider(Protocol):
    """One way to reach models. Instances are shared by all replies of a process."""

    name: str

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Yield the events of one model call; raise a ProviderError; close the connection when closed."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Listing(Protocol):
    """What a provider may do besides: say which models it has. Ask with `isinstance`."""

    async def list_models(self) -> list[ModelInfo]:
        """What its own list says, filled up from the catalog; raises a ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is and takes; the settings form shows nothing else."""

    id: str
    provider: str
    label: str
    context_window: int
    max_output: int
    sampling: bool = False
    thinking: Literal["", "enabled", "adaptive"] = ""
    pictures: bool = True
    prefill: bool = False
    free: bool = False
    note: str = field(default="")
    tools: bool = True
    web_search: bool = False  # by the provider itself


def estimate_tokens(texts: Sequence[str]) -> int:
    """A rough count where the provider never gave one: a token for each 4 bytes of UTF-8, rounded up."""
    return -(-sum(len(text.encode("utf-8", "replace")) for text in texts) // 4)
