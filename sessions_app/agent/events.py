"""What the loop reports while a reply is made, and the limits it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sessions_app.providers.base import Citation, Counts, Provider, ProviderError, Raw, Request

CountsSource = Literal["reported", "estimated"]
ToolStatus = Literal["success", "error", "denied"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and numbers of one reply: `max_calls` tools a turn; `attempts` counts the first try of a model call too.

    Where another model may answer, one that fails is tried `quick_attempts` times, and again only as long as its call
    and the wait for the next one took less than `quick` each.
    """

    max_turns: int = 10
    max_calls: int = 16
    tool_timeout: float = 30.0
    attempts: int = 3
    retry_base: float = 1.0
    retry_cap: float = 20.0
    retry_after_cap: float = 30.0
    quick: float = 2.0
    quick_attempts: int = 2


@dataclass(frozen=True, slots=True)
class Other:
    """Another model that answers in place of one that cannot, and how it is asked; `sentence` says so to people."""

    request: Request
    provider: Provider
    sentence: str


# Asked with the error and whether the model at hand will not be tried again: who answers instead, or None.
NextPlan = Callable[[ProviderError, bool], Awaitable[Other | None]]


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A model call is about to leave; it leaves when the consumer asks for the next event. `grown` is by how many
    tokens, by rule of thumb, its request is larger than the one the run began with."""

    turn: int
    attempt: int
    grown: int = 0


@dataclass(frozen=True, slots=True)
class CallAccepted:
    turn: int
    attempt: int
    counts: Counts
    request_id: str


@dataclass(frozen=True, slots=True)
class TextAdded:
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingAdded:
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingEnded:
    turn: int
    raw: Raw | None


@dataclass(frozen=True, slots=True)
class TextSourced:
    """The last `length` characters of the text cite these pages. `raw` is that text as its provider gave it, where that
    knows of them; `marks` are those by which the model cited passages, taken out of the text behind it."""

    turn: int
    length: int
    citations: tuple[Citation, ...]
    raw: Raw | None = None
    marks: str = ""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """How a model call went: one for each CallStarted, unless the loop is closed or cancelled in between.

    `counts` are estimated where the call was accepted but its final count never came.
    """

    turn: int
    attempt: int
    ok: bool
    stop_reason: str
    counts: Counts
    counts_source: CountsSource
    error_type: str
    status: int | None
    duration_ms: int
    first_token_ms: int | None
    request_id: str


@dataclass(frozen=True, slots=True)
class ToolBegan:
    """`problem` says why this tool is not run (broken or cut input); its ToolEnded follows all the same. One that
    `asks` is not run before a person allows it; the loop ends with Waiting. One with `raw` is run by the provider."""

    turn: int
    tool_use_id: str
    name: str
    input: Mapping[str, Any]
    problem: str
    asks: bool = False
    raw: Raw | None = None


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """`kept` is what is stored of the result, where that is not all the model is told."""

    turn: int
    tool_use_id: str
    name: str
    status: ToolStatus
    result: Any
    error: str
    duration_ms: int
    raw: Raw | None = None
    kept: Any = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """The call failed before anything of it was shown; `attempt` is the one that comes next."""

    turn: int
    attempt: int
    wait_ms: int
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """Another model is asked from here on: nothing of the reply was shown. The ids are those of the models, `error` why."""

    turn: int
    left: str
    taken: str
    error: ProviderError
    sentence: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing can go on before a person has answered about the calls of `turn` that ask. All its others have ended."""

    turn: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply came to a proper end; `sentence` is empty when there is nothing to say about it."""

    stop_reason: Literal["end", "turn_limit", "max_tokens", "refusal"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The reply broke off. `error.sentence` is the whole notice; `shown` is about the whole reply.

    `attempts` and `seconds` are those of the turn that failed.
    """

    error: ProviderError
    attempts: int
    seconds: float
    shown: bool


LoopEvent = (
    CallStarted
    | CallAccepted
    | TextAdded
    | ThinkingAdded
    | ThinkingEnded
    | TextSourced
    | CallEnded
    | ToolBegan
    | ToolEnded
    | Retrying
    | FellBack
    | Waiting
    | Finished
    | Failed
)
