"""Budgets: staff see how each stands; who may, sets them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from analytics_app.actions.budgets import check_budget, remove_budget, set_budget
from analytics_app.models import Budget
from analytics_app.queries.budgets import Standing, standing_of
from analytics_app.refusals import amount, figure
from sessions_app.actions.errors import Refused
from sessions_app.admin.account_actions import has_reach
from sessions_app.admin.base import StaffAdmin
from sessions_app.admin.columns import chat_link, short_key
from sessions_app.admin.filters import YesOrNo
from sessions_app.admin.people import PersonField
from sessions_app.agent.labels.words import share
from sessions_app.models import ChatSession

if TYPE_CHECKING:
    BudgetModelForm = forms.ModelForm[Budget]
else:
    BudgetModelForm = forms.ModelForm

THERE = "There is one already: {} is limited to {}. "
CHANGE = '<a href="{}">Change that one</a>, or choose something else.'


class BudgetForm(BudgetModelForm):
    """One subject, what is counted, and how much. Of a budget that is there only the amount changes."""

    # Django's field for a foreign key says the row's name, and a session's is a title that not all staff may read.
    session = forms.ModelChoiceField(
        ChatSession.objects.all(),
        required=False,
        widget=forms.TextInput,
        help_text="The key of a session.",
        error_messages={"invalid_choice": "There is no session with this key."},
    )
    user = PersonField(required=False, label="Person", help_text="A user name or an e-mail address.")
    amount = forms.DecimalField(
        max_digits=18, decimal_places=10, help_text="USD, or a number of tokens or messages."
    )

    class Meta:
        model = Budget
        fields = ("user", "session", "audience", "measure", "period")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            limit = Decimal(self.instance.limit).normalize()
            self.initial["amount"] = format(limit, "f")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            subject, _amount = check_budget(**self.wanted)
        except Refused as refusal:
            self.add_error(None, refusal.sentence)
            return values
        span = {"measure": values.get("measure"), "period": values.get("period"), "by_owner": False}
        if self.instance._state.adding and (other := Budget.objects.filter(**subject, **span).first()):
            self.add_error(None, one_there(other))
        return values

    @property
    def wanted(self) -> dict[str, Any]:
        """As `set_budget` takes it."""
        row, values = self.instance, self.cleaned_data
        given = {
            name: values.get(name) or getattr(row, name)
            for name in ("user", "session", "audience", "measure", "period")
        }
        audience = given.pop("audience")
        workspace = audience == Budget.Audience.WORKSPACE
        return {
            **given,
            "plan": "" if workspace else audience,
            "workspace": workspace,
            "amount": values["amount"],
        }


def one_there(budget: Budget) -> forms.ValidationError:
    page = reverse("admin:analytics_app_budget_change", args=[budget.pk])
    return forms.ValidationError(format_html(THERE + CHANGE, str(budget), amount(budget), page))


class SetByFilter(YesOrNo):
    title = "who set it"
    parameter_name = "set_by"
    answers = (("no", "Staff"), ("yes", "The owner of the session or token"))
    condition = Q(by_owner=True) | Q(token__isnull=False)


@admin.register(Budget)
class BudgetAdmin(StaffAdmin):
    form = BudgetForm
    actions = None
    recorded_below = ("added", "changed", "deleted")
    fields = ("user", "session", "audience", "measure", "period", "amount")
    list_display = (
        "subject",
        "measure",
        "period",
        "limited_to",
        "spent",
        "reserved",
        "used",
        "set_by",
        "changed_at",
    )
    list_filter = ("measure", "period", "audience", SetByFilter)
    list_select_related = ("user", "token__user")
    search_fields = ("user__username", "user__email", "session__id", "token__user__username")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A session by its key: its name is its title."""
        return [] if obj is None else ["user", "chat", "token", "audience", "measure", "period"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What an owner set for their session or token is theirs to change; staff may take it away."""
        own = obj is not None and (obj.by_owner or obj.token_id is not None)
        return super().has_change_permission(request, obj) and not own and self.reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.reaches(request, obj)

    def reaches(self, request: HttpRequest, budget: Budget | None) -> bool:
        """Budgets of staff, of their sessions and tokens, are the superusers' to set: nobody raises their own."""
        if budget is None:
            return True
        person = (
            budget.session.owner if budget.session else budget.token.user if budget.token else budget.user
        )
        return person is None or has_reach(request, person)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Without the form, for those who only look, its amount is the budget's."""
        names = list(super().get_fields(request, obj))
        if obj is not None and obj.token_id is not None:
            names = ["token", "measure", "period", "amount"]
        if obj is not None:
            names = ["chat" if name == "session" else name for name in names]
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return names if may else ["limited_to" if name == "amount" else name for name in names]

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        """A new one replaces none: the form refuses that."""
        if not self.reaches(request, obj):
            raise PermissionDenied
        obj.pk = set_budget(actor=request.user, **form.wanted).pk

    def delete_model(self, request: HttpRequest, obj: Budget) -> None:
        remove_budget(actor=request.user, budget=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Budget]) -> None:
        for row in queryset:
            remove_budget(actor=request.user, budget=row)

    # ------------------------------------------------------------ columns

    @admin.display(description="of")
    def subject(self, row: Budget) -> str:
        if row.user is not None:
            return str(row.user)
        if row.token is not None:
            return f"token {row.token}"
        return short_key(row.session_id) if row.session_id else row.get_audience_display()

    @admin.display(description="session")
    def chat(self, row: Budget) -> str:
        return chat_link(row.session_id)

    @admin.display(description="limit")
    def limited_to(self, row: Budget) -> str:
        return amount(row)

    @admin.display
    def spent(self, row: Budget) -> str | None:
        found = standing(row)
        return figure(row.measure, found.spent) if found else None

    @admin.display
    def reserved(self, row: Budget) -> str | None:
        found = standing(row)
        return figure(row.measure, found.reserved) if found else None

    @admin.display(description="share")
    def used(self, row: Budget) -> str | None:
        found = standing(row)
        return share(found.share) if found else None

    @admin.display(description="set by")
    def set_by(self, row: Budget) -> str:
        if row.token_id is not None:
            return "the token's owner"
        return "the session's owner" if row.by_owner else "staff"


def standing(row: Budget) -> Standing | None:
    """As it stands now; None for one that counts each person of a plan alone."""
    if row.audience and row.audience != Budget.Audience.WORKSPACE:
        return None
    if not hasattr(row, "standing_now"):
        row.standing_now = next(iter(standing_of([row], row.user_id, timezone.now())))  # type: ignore[attr-defined]
    found: Standing = row.standing_now  # type: ignore[attr-defined]
    return found
