"""The agent loop: a request, a provider, tools and limits in; events out. Pure: no database, no Django.

A turn is one model call that worked. The request of each further turn is the same one with turns appended, so
that the provider's cache keeps its prefix. A call is retried only while nothing of it was shown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

from sessions_app.agent import prompts, sentences
from sessions_app.agent.answer import Answer, estimated
from sessions_app.agent.calling import Clock, as_they_end, milliseconds, run_allowed, timed
from sessions_app.agent.events import (
    CallAccepted,
    CallEnded,
    CallStarted,
    CountsSource,
    Failed,
    FellBack,
    Finished,
    Limits,
    LoopEvent,
    NextPlan,
    Other,
    Retrying,
    TextAdded,
    TextSourced,
    ThinkingAdded,
    ThinkingEnded,
    ToolBegan,
    ToolEnded,
    ToolStatus,
    Waiting,
)
from sessions_app.agent.history import joined
from sessions_app.agent.sizes import rough_size, size_of
from sessions_app.agent.tools import Outcome, Toolbox
from sessions_app.providers.base import (
    Accepted,
    Counts,
    Event,
    Provider,
    ProviderError,
    Request,
    ServerToolAnswered,
    ServerToolCalled,
    StreamCut,
    Text,
    TextCited,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolResult,
    Turn,
)

__all__ = [
    "CallAccepted",
    "CallEnded",
    "CallStarted",
    "Clock",
    "CountsSource",
    "Failed",
    "FellBack",
    "Finished",
    "Limits",
    "LoopEvent",
    "NextPlan",
    "Other",
    "Retrying",
    "TextAdded",
    "ThinkingAdded",
    "ThinkingEnded",
    "ToolBegan",
    "ToolEnded",
    "ToolStatus",
    "Waiting",
    "estimated",
    "run",
    "run_allowed",
]


def run(
    request: Request,
    provider: Provider,
    tools: Toolbox,
    limits: Limits,
    clock: Clock | None = None,
    *,
    first_turn: int = 1,
    next_plan: NextPlan | None = None,
) -> AsyncGenerator[LoopEvent, None]:
    """Make one reply. The last event is one Finished, Waiting or Failed, unless the iterator is closed or cancelled.

    `tools` must be bound to the person who asks. Closing or cancelling closes the provider's stream and the tools.
    A reply that waited goes on with `first_turn`, its turns so far at the end of the request. `next_plan` names who
    answers where the model cannot, as long as nothing of the reply was shown.
    """
    return _Reply(request, provider, tools, limits, clock or Clock(), next_plan).events(first_turn)


# What another provider can help with: not what is wrong with the request, nor what a model declines.
HELPED = frozenset(
    {"connection", "timeout", "overloaded", "server", "rate_limit", "authentication", "permission"}
    | {"billing", "not_found", "not_installed", "stream_cut", "garbled"}
)


class _Unexpected(ProviderError):
    """A fault of ours or of a provider's code; its cause is for the log, never for the page."""

    kind = "internal"
    sentence = sentences.UNEXPECTED


class _Reply:
    def __init__(
        self,
        request: Request,
        provider: Provider,
        tools: Toolbox,
        limits: Limits,
        clock: Clock,
        next_plan: NextPlan | None = None,
    ) -> None:
        self.next_plan = next_plan
        self.request, self.provider, self.tools, self.limits, self.clock = (
            request,
            provider,
            tools,
            limits,
            clock,
        )
        self.answer = Answer(0.0)
        self.shown = False
        self.tokens = 0
        self.grown = 0
        self.failure: Failed | None = None

    async def events(self, first_turn: int) -> AsyncGenerator[LoopEvent, None]:
        for turn in range(first_turn, self.limits.max_turns + 1):
            async with aclosing(self._attempts(turn)) as attempts:
                async for event in attempts:
                    yield event
            if self.failure is not None:
                yield self.failure
                return
            answer = self.answer
            assert answer.end is not None
            results: dict[str, ToolResult] = {}
            async with aclosing(self._run_tools(turn, answer, results)) as ran:
                async for event in ran:
                    yield event
            if answer.end.stop_reason != "pause" and (
                answer.end.stop_reason != "tool_use" or not answer.calls
            ):
                yield _finish(answer)
                return
            if answer.calls and len(results) < len(answer.calls):
                yield Waiting(turn)
                return
            self._append(answer, results)
        yield Finished("turn_limit", sentences.turn_limit(self.limits.max_turns))

    def _append(self, answer: Answer, results: Mapping[str, ToolResult]) -> None:
        added = [answer.turn]
        if results:
            added.append(Turn("user", tuple(results[call.id] for call in answer.calls)))
        elif answer.end is not None and answer.end.stop_reason == "pause" and not answer.searched:
            added.append(
                Turn("user", (Text(prompts.read("continue")),))
            )  # a history may not end in an answer
        self.grown += sum(size_of(turn.parts) for turn in added)
        self.request = replace(self.request, turns=joined([*self.request.turns, *added]))

    # ---------------------------------------------------------------- model calls

    async def _attempts(self, turn: int) -> AsyncGenerator[LoopEvent, None]:
        """One turn: model calls until one works or no other may be tried (then `self.failure` is set)."""
        began = self.clock.now()
        attempt = before = 0  # calls of this turn, and those of them that were other models'
        while True:
            attempt += 1
            async with aclosing(self._call(turn, attempt)) as call:
                async for event in call:
                    yield event
            error, tries = self.answer.error, attempt - before
            if error is None:
                return
            wait = self._wait(error, tries)
            if (other := await self._other(turn, error, tries, wait)) is not None:
                yield self._fall_back(turn, error, other)
                before, began = attempt, self.clock.now()
                continue
            if wait is None:
                self.failure = self._failed(error, tries, self.clock.now() - began)
                return
            sentence = sentences.retrying(error, tries + 1, self.limits.attempts)
            yield Retrying(turn, tries + 1, round(wait * 1000), error.kind, sentence)
            await self.clock.sleep(wait)

    async def _other(self, turn: int, error: ProviderError, tries: int, wait: float | None) -> Other | None:
        """Who answers instead: only while nothing was shown, and where the same model is not soon tried again."""
        if self.next_plan is None or turn > 1 or self.shown or self.answer.shown or error.kind not in HELPED:
            return None
        quick = self.limits.quick
        took = self.clock.now() - self.answer.began
        if wait is not None and tries < self.limits.quick_attempts and max(took, wait) < quick:
            return None
        return await self.next_plan(error, wait is None)

    def _fall_back(self, turn: int, error: ProviderError, other: Other) -> FellBack:
        left, self.request, self.provider = self.request.model, other.request, other.provider
        return FellBack(turn, left, other.request.model, error, other.sentence)

    async def _call(self, turn: int, attempt: int) -> AsyncGenerator[LoopEvent, None]:
        yield CallStarted(turn, attempt, self.grown)
        answer = self.answer = Answer(self.clock.now())
        try:
            async with _closed_after(self.provider.stream(self.request)) as stream:
                async for event in stream:
                    if answer.end is not None:
                        continue
                    if isinstance(event, Accepted) and not event.counted:
                        event = replace(event, counts=Counts(input=rough_size(self.request)))
                    answer.take(event, self.clock.now())
                    if (shown := _as_shown(event, turn, attempt)) is not None:
                        self.shown = self.shown or not isinstance(shown, CallAccepted)
                        yield shown
            if answer.end is None:
                answer.error = StreamCut(sentences.NO_END)
        except ProviderError as error:
            answer.error = None if answer.end else error
        except Exception as fault:  # a reply must reach its end and its ledger row whatever a provider does
            answer.error = None if answer.end else _Unexpected()
            if answer.error:
                answer.error.__cause__ = fault
        yield self._ended(turn, attempt, answer)

    def _ended(self, turn: int, attempt: int, answer: Answer) -> CallEnded:
        counts, source = answer.counts()
        self.tokens += counts.total
        error, first = answer.error, answer.first_at
        accepted_id = answer.accepted.request_id if answer.accepted else ""
        return CallEnded(
            turn=turn,
            attempt=attempt,
            ok=error is None,
            stop_reason=answer.end.stop_reason if answer.end else "",
            counts=counts,
            counts_source=source,
            error_type=error.kind if error else "",
            status=error.status if error else None,
            duration_ms=milliseconds(self.clock.now() - answer.began),
            first_token_ms=None if first is None else milliseconds(first - answer.began),
            request_id=accepted_id or (error.request_id if error else ""),
        )

    def _wait(self, error: ProviderError, attempt: int) -> float | None:
        """Seconds until the next attempt, or None when there is to be none."""
        limits = self.limits
        if not error.retryable or self.answer.shown or attempt >= limits.attempts or self._too_late(error):
            return None
        backoff = min(limits.retry_cap, limits.retry_base * 2.0 ** (attempt - 1))
        return max(backoff * (0.5 + self.clock.chance() / 2), error.retry_after or 0.0)

    def _too_late(self, error: ProviderError) -> bool:
        return error.retryable and (error.retry_after or 0.0) > self.limits.retry_after_cap

    def _failed(self, error: ProviderError, attempts: int, seconds: float) -> Failed:
        sentence = sentences.failed(
            error,
            attempts=attempts,
            seconds=seconds,
            shown=self.shown,
            tokens=self.tokens,
            too_late=self._too_late(error),
        )
        return Failed(sentences.reworded(error, sentence), attempts, seconds, self.shown)

    # ---------------------------------------------------------------- tools

    async def _run_tools(
        self, turn: int, answer: Answer, results: dict[str, ToolResult]
    ) -> AsyncGenerator[LoopEvent, None]:
        """All calls of a turn at once; fills `results`. Without the stop reason tool_use they only get their end, and
        those that ask get none."""
        problems = self._problems(answer)
        asking = {
            call.id
            for call in answer.calls
            if not problems[call.id] and self.tools.asks(call.name, call.input)
        }
        for call in answer.calls:
            self.shown = True
            asks = call.id in asking
            yield ToolBegan(turn, call.id, call.name, call.input or {}, problems[call.id], asks)
        running = [call for call in answer.calls if call.id not in asking]
        jobs = {
            call.id: timed(self.tools, call, self.limits, self.clock, problems[call.id]) for call in running
        }
        async with aclosing(as_they_end(turn, running, jobs)) as ended:
            async for event in ended:
                told = Outcome(event.status, event.result, event.error).content
                results[event.tool_use_id] = ToolResult(event.tool_use_id, told, event.status != "success")
                yield event

    def _problems(self, answer: Answer) -> dict[str, str]:
        """Why a call is not run, by its id; empty where it is."""
        assert answer.end is not None
        cut = "" if answer.end.stop_reason == "tool_use" else sentences.TOOL_CUT
        most = self.limits.max_calls
        return {
            call.id: cut or _problem(call) or (sentences.too_many_calls(most) if number >= most else "")
            for number, call in enumerate(answer.calls)
        }


def _as_shown(event: Event, turn: int, attempt: int) -> LoopEvent | None:
    match event:
        case Accepted(counts=counts, request_id=request_id):
            return CallAccepted(turn, attempt, counts, request_id)
        case TextDelta(text=text):
            return TextAdded(turn, text)
        case ThinkingDelta(text=text):
            return ThinkingAdded(turn, text)
        case ThinkingDone(raw=raw):
            return ThinkingEnded(turn, raw)
        case ServerToolCalled(id=key, name=name, input=asked, raw=raw):
            return ToolBegan(turn, key, name, asked, "", raw=raw)
        case ServerToolAnswered(id=key, result=result, error=error, raw=raw):
            status: ToolStatus = "error" if error else "success"
            return ToolEnded(turn, key, "", status, result, error, 0, raw=raw)
        case TextCited(length=length, citations=citations, raw=raw):
            return TextSourced(turn, length, citations, raw)
        case _:
            return None


def _finish(answer: Answer) -> Finished:
    reason = answer.end.stop_reason if answer.end else ""
    match reason:
        case "end":
            return Finished("end", "" if answer.said else sentences.EMPTY)
        case "max_tokens":
            return Finished("max_tokens", sentences.CUT_BY_LENGTH)
        case "refusal":
            return Finished("refusal", sentences.REFUSED)
        case "tool_use":
            return Finished("end", sentences.NO_TOOL_NAMED)
        case _:
            return Finished("end", sentences.unknown_stop(reason))


def _problem(call: ToolCallRequested) -> str:
    return call.problem or (sentences.TOOL_CUT if call.input is None else "")


@asynccontextmanager
async def _closed_after(stream: AsyncIterator[Event]) -> AsyncIterator[AsyncIterator[Event]]:
    try:
        yield stream
    finally:
        if (close := getattr(stream, "aclose", None)) is not None:
            await close()
