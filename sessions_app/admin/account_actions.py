"""What staff do with chosen accounts at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from sessions_app.actions.accounts import revoke_all_tokens, set_plan
from sessions_app.models import ApiToken, User

from .asking import answered, ask, chosen, counted
from .audited import Audited


class PlanForm(forms.Form):
    plan = forms.ChoiceField(choices=User.Plan.choices)


class RevokeForm(forms.Form):
    """Nothing to fill in: that it was sent is the answer."""


class AccountActions(Audited):
    """Mixin of the accounts' page."""

    actions = ("change_plan", "revoke_tokens")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sessions_app.delete_apitoken")

    @admin.action(description="Change the plan of these people", permissions=["change"])
    def change_plan(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        people = self._within_reach(request, queryset)
        if not people:
            return None
        form = answered(request, PlanForm)
        if not form.is_valid():
            words = (
                f"{counted(len(people), 'person gets', 'people get')} this plan, from their next message on."
            )
            return ask(
                request, self.around(request), form,
                title="Change plan", words=words, button="Change plan",
            )  # fmt: skip
        plan = form.cleaned_data["plan"]
        changed = set_plan(people=people, plan=plan, actor=request.user)
        same = len(people) - changed
        words = f"{counted(changed, 'person is', 'people are')} on the plan {User.Plan(plan).label} now."
        messages.success(request, words + (f" {counted(same, 'was', 'were')} already." if same else ""))
        return None

    @admin.action(description="Revoke all API tokens of these people", permissions=["revoke"])
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        people = self._within_reach(request, queryset)
        if not people:
            return None
        if not answered(request, RevokeForm).is_valid():
            count = ApiToken.objects.filter(user__in=people).count()
            words = (
                f"{counted(len(people), 'person has', 'people have')} {counted(count, 'token', 'tokens')}. "
                "Programs that use them are refused from now on, and answers they asked for that are not finished are "
                "stopped. This cannot be taken back."
            )
            return ask(
                request, self.around(request), RevokeForm(),
                title="Revoke tokens", words=words, button="Revoke",
            )  # fmt: skip
        revoked = revoke_all_tokens(people=people, actor=request.user)
        of = counted(len(people), "person", "people")
        messages.success(request, f"{counted(revoked, 'token', 'tokens')} of {of} revoked.")
        return None

    def _within_reach(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        return within_reach(request, chosen(request, queryset) or [])

    def around(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}


def within_reach(request: HttpRequest, people: list[User]) -> list[User]:
    """Without staff where a superuser has to do that."""
    mine = [person for person in people if has_reach(request, person)]
    if len(mine) < len(people):
        left = counted(len(people) - len(mine), "staff account was", "staff accounts were")
        messages.warning(request, f"{left} left as it was: only superusers change those.")
    return mine


def has_reach(request: HttpRequest, person: User) -> bool:
    raised = person.is_staff or person.is_superuser
    return request.user.is_superuser or not raised
