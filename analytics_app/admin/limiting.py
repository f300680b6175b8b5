"""A budget for many people at once: those chosen, or the owners of chosen sessions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from analytics_app.actions.budgets import check_budget, set_budget
from analytics_app.models import Budget
from sessions_app.actions.errors import Refused
from sessions_app.admin.account_actions import within_reach
from sessions_app.admin.asking import answered, ask, chosen, counted
from sessions_app.agent.labels.words import estimate
from sessions_app.models import ChatSession, User
from sessions_app.transactions import write

MONEY = Budget.Measure.MONEY
PERIODS = [(period.value, period.label) for period in (Budget.Period.DAY, Budget.Period.MONTH)]


class AmountForm(forms.Form):
    amount = forms.DecimalField(max_digits=18, decimal_places=10, help_text="USD, of each of them.")
    period = forms.ChoiceField(choices=PERIODS, initial=Budget.Period.MONTH)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        try:
            check_budget(measure=MONEY, period=Budget.Period.MONTH, amount=amount, workspace=True)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None
        return amount


@admin.action(description="Set a budget", permissions=["limit"])
def limit_people(model_admin: Any, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    people = chosen(request, queryset)
    return limit(model_admin, request, people) if people else None


@admin.action(description="Set a budget for their owners", permissions=["limit"])
def limit_owners(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[ChatSession]
) -> HttpResponse | None:
    chats = chosen(request, queryset.select_related("owner"))
    owners = {chat.owner_id: chat.owner for chat in chats or ()}
    return limit(model_admin, request, list(owners.values())) if owners else None


def limit(model_admin: Any, request: HttpRequest, people: list[User]) -> HttpResponse | None:
    """Asks how much and for how long; then each of them has this budget in place of the one they had. Staff is the
    superusers' to limit."""
    people = within_reach(request, people)
    if not people:
        return None
    form = answered(request, AmountForm)
    if not form.is_valid():
        words = (
            f"{counted(len(people), 'person gets', 'people get')} this budget, "
            "in place of one they have for the same period."
        )
        around = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
        return ask(request, around, form, title="Set a budget", words=words, button="Set the budget")
    amount, period = form.cleaned_data["amount"], form.cleaned_data["period"]
    with write():
        for person in people:
            set_budget(actor=request.user, measure=MONEY, period=period, amount=amount, user=person)
    who = counted(len(people), "person", "people")
    messages.success(request, f"A budget of {estimate(amount)} a {period} was set for {who}.")
    return None


def offer(model: type[Any], action: Any) -> None:
    """Put an action beside those that the page of this model has of its own."""
    page: Any = admin.site.get_model_admin(model)
    page.actions = (*page.actions, action)


offer(User, limit_people)
offer(ChatSession, limit_owners)
