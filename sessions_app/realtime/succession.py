"""Who answers one reply: the model it was asked of, then those that answer where that cannot."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sessions_app.actions.running import switch_model
from sessions_app.actions.standing import note_failure, note_success
from sessions_app.agent import context
from sessions_app.agent.context import Instead, Plan
from sessions_app.agent.events import CallStarted, Other
from sessions_app.models import Reply
from sessions_app.providers.base import ProviderError
from sessions_app.reading import Unavailable
from sessions_app.standing import CONCERNS

from .calls import Calls
from .connections import provider
from .counting import fitted
from .output import Output
from .planning import switched

if TYPE_CHECKING:
    from .runner import Runner

OF_PROVIDER = CONCERNS | {"rate_limit"}
OF_ALL_MODELS = frozenset({"connection", "timeout", "authentication", "billing"})


class Succession:
    """`plan` is that of the model that is asked now, `attempt` the number of its turn's last call."""

    def __init__(self, runner: Runner, reply: Reply, calls: Calls, output: Output) -> None:
        self._runner, self._reply, self._calls, self._output = runner, reply, calls, output
        self.plan: Plan | None = None
        self.attempt = 0
        self._tried: set[str] = set()  # models and providers that could not answer this

    async def begin(self, plan: Plan) -> Plan:
        """The plan the reply begins with: where the wanted model's provider is left out, that of another one, which is
        noted at the reply."""
        if plan.instead is not None:
            plan = await self._begin_instead(plan, plan.instead)
            if plan.instead is not None:
                self._tell(plan.instead)
        self.plan = plan
        return plan

    async def _begin_instead(self, plan: Plan, instead: Instead) -> Plan:
        """One whose budget is used up hands on to the next; where all are, the wanted model is asked all the same."""
        writer, reply = self._runner.writer, self._reply
        if self._calls.open is None:
            self._tried.add(reply.model_config["provider"])
            found = await self._switch(instead.config["fell_back"]["why"], last=True)
            return (
                found if found is not None else replace(await writer.run(context.plan, reply), doubted=True)
            )
        owner = self._runner.owner
        await writer.insist(switch_model, owner=owner, reply=reply, config=instead.config)
        return plan

    async def next_plan(self, error: ProviderError, last: bool) -> Other | None:
        """Who answers instead, asked by the loop: nothing was shown yet."""
        assert self.plan is not None
        await self._calls.settle()
        self._tried.add(self.plan.request.model)
        if error.kind in OF_ALL_MODELS:
            self._tried.add(self.plan.provider)
        plan = await self._switch(error.kind, last=last)
        if plan is None or (instead := plan.instead) is None:
            return None
        self.note_failure(error)
        if plan.provider == self.plan.provider:
            plan = replace(plan, doubted=True)  # its answer says that the provider as a whole is there
        self.plan = plan
        self._tell(instead)
        self.plan = plan = await fitted(self._reply, plan, self._runner.writer)
        request = replace(plan.request, rest=self._output.width)
        return Other(request, provider(plan.provider), instead.sentence)

    async def _switch(self, kind: str, *, last: bool) -> Plan | None:
        event, tried = CallStarted(1, self.attempt + 1), frozenset(self._tried)
        return await self._calls.hand_on(
            lambda usage: self._runner.writer.insist(
                switched,
                owner=self._runner.owner,
                reply=self._reply,
                usage=usage,
                event=event,
                kind=kind,
                tried=tried,
                last=last,
            )
        )

    def _tell(self, instead: Instead) -> None:
        """Readers learn who answers; the head of the article says so, and why."""
        left, config = self._reply.model_config["model"], dict(instead.config)
        self._reply.model_config = config
        told = {"from": left, "to": config["model"], "message": instead.sentence}
        more = {"provider": config["provider"], "fell_back": config["fell_back"]}
        self._output.emit("metadata", {"status": "fallback", **told, **more})

    # ------------------------------------------------------------ how its provider stands

    def note_failure(self, error: ProviderError) -> None:
        """The reply gave up on the provider: all processes are to know, in their own time."""
        if self.plan is not None and error.kind in OF_PROVIDER:
            self._note(
                self._runner.writer.run(
                    note_failure,
                    provider=self.plan.provider,
                    kind=error.kind,
                    retry_after=error.retry_after,
                )
            )

    def note_success(self) -> None:
        """A provider that failed before answers again."""
        if self.plan is not None and self.plan.doubted:
            self.plan = replace(self.plan, doubted=False)
            self._note(self._runner.writer.run(note_success, provider=self.plan.provider))

    def _note(self, job: Awaitable[None]) -> None:
        self._runner.spawn(_quietly(job))


async def _quietly(job: Awaitable[None]) -> None:
    with suppress(*Unavailable):
        await job
