"""Who answers a reply, and how they are asked: the model that was wanted, else another where its provider is left out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from sessions_app import offering
from sessions_app.actions import ledger, running
from sessions_app.actions.messages import asked_of
from sessions_app.actions.standing import claim_trial
from sessions_app.agent import context
from sessions_app.agent.context import Instead, Plan
from sessions_app.agent.events import CallStarted
from sessions_app.agent.whole import max_tokens_of, window_for
from sessions_app.models import Reply
from sessions_app.providers.anthropic_search import MOST_SEARCHES
from sessions_app.providers.base import Counts, ModelInfo
from sessions_app.standing import Standing, instead_sentence, standings

FIRST = CallStarted(1, 1)
# What a reply's config keeps of its request, which was made for the model that was asked first.
WINDOW = {
    "begins_at",
    "shortened_below",
    "summary",
    "cleared_at",
    "context_tokens",
    "context_window",
    "measured",
}


def planned(reply: Reply) -> Plan:
    """The request for a claimed reply. Runs on the writer: it may note that this reply tries a provider again."""
    offering.current()  # what staff decided by now, in a process that serves no pages too
    states = standings()
    wanted = reply.model_config["provider"]
    plan = None
    if wanted in states and may_switch(reply) and not answers(states, wanted):
        kind = states[wanted].last_error
        others = (info for info in others_of(reply) if answers(states, info.provider))
        plans = (plan_of(reply, info, kind) for info in others)
        plan = next((each for each in plans if each is not None), None)
    if plan is None:  # as a rule; one that is left out is asked all the same where nobody else is there
        plan = context.plan(reply)
    return replace(plan, doubted=True) if plan.provider in states else plan


def may_switch(reply: Reply) -> bool:
    """Not where something of it is shown: it waited for a person, or begins with a text that was kept."""
    return not reply.turns and "continues" not in reply.model_config


def others_of(reply: Reply) -> list[ModelInfo]:
    """Who may answer instead of the model this reply was asked of, in their order."""
    config = reply.model_config
    try:
        info = offering.model(str(asked_first(reply)), config["provider"])
    except KeyError:
        return []
    return offering.fallbacks(info, context.asker_of(reply))


def asked_first(reply: Reply) -> str:
    """The model that was wanted, whoever answers by now."""
    config = reply.model_config
    first: str = config["fell_back"]["from"] if "fell_back" in config else config["model"]
    return first


def switched(
    *, owner: UUID, reply: Reply, usage: UUID, event: CallStarted, kind: str, tried: Set[str], last: bool
) -> Plan | None:
    """Hand the reply on to the next model that may answer: its request, with the ledger's row `usage` of its first call
    begun, and noted at the reply. None where there is nobody else. `tried` are models and providers that cannot; the
    offline assistant, who knows little, is asked only where the model at hand is not tried again (`last`)."""
    states = standings()
    for info in others_of(reply):
        if info.id in tried or info.provider in tried or (info.provider == "offline" and not last):
            continue
        if not answers(states, info.provider):
            continue
        plan = plan_of(reply, info, kind)
        if plan is None or plan.instead is None:
            continue
        if ledger.begin_call(call_of(reply, plan, usage, owner, event)) is not None:
            continue  # its budget is used up: another may cost less
        if not running.switch_model(owner=owner, reply=reply, config=plan.instead.config):
            ledger.settle_call(ledger.Settlement(usage, Counts(), ok=False, error_type="lost"))
            return None
        return replace(plan, doubted=info.provider in states)
    return None


def plan_of(reply: Reply, info: ModelInfo, kind: str) -> Plan | None:
    """The request for another model; None where it is too long for that one."""
    other = instead(reply, info, kind)
    plan = context.plan(running.changed(reply, {"model_config": other.config}))
    plan = replace(plan, instead=other)
    return plan if plan.estimate + plan.request.max_tokens <= info.context_window else None


def answers(states: dict[str, Standing], provider: str) -> bool:
    """Whether this provider may be asked. One that was left out for long enough only by the reply that claims it."""
    state, now = states.get(provider), timezone.now()
    if state is None or state.open_until is None:
        return True
    return state.wants_trial(now) and claim_trial(standing=state)


def instead(reply: Reply, info: ModelInfo, kind: str) -> Instead:
    """This model in place of the one that was asked; `kind` is that of the error."""
    first, before = asked_first(reply), reply.model_config.get("fell_back")
    kind = before["why"] if before else kind
    label = offering.label(first, reply.model_config["provider"])
    chat = reply.session
    found = window_for(chat, info, reply.message, max_tokens_of(chat, info))
    config = {
        **{key: value for key, value in reply.model_config.items() if key not in WINDOW},
        **asked_of(chat, info, found),
        "fell_back": {"from": first, "why": kind},
    }
    return Instead(config, instead_sentence(kind, label, info))


def call_of(reply: Reply, plan: Plan, usage: UUID, owner: UUID, event: CallStarted = FIRST) -> ledger.Call:
    """A model call of this reply, as the ledger notes it before it leaves."""
    return ledger.Call(
        usage=usage,
        user=plan.payer,
        session=reply.session_id,
        message=reply.pk,
        provider=plan.provider,
        model=plan.request.model,
        turn=event.turn,
        attempt=event.attempt,
        owner=owner,
        estimate=plan.estimate + event.grown,
        most=plan.request.max_tokens,
        searches=MOST_SEARCHES if plan.request.server_tools else 0,
        token=reply.api_token,
    )
