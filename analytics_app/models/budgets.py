"""Budgets: what may be used in a span of time, what was, and what running calls have reserved."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from sessions_app.models import ApiToken, ChatSession, MoneyField, TokenUsage
from sessions_app.models.fields import uuid7

if TYPE_CHECKING:
    from sessions_app.models import User


class BudgetQuerySet(models.QuerySet["Budget"]):
    def for_user(self, user: User | Any) -> Self:
        """Those that count what this person uses: their own, their plan's, the workspace's, those of their sessions and
        tokens."""
        everyones = Q(audience__in=[user.plan, Budget.Audience.WORKSPACE])
        theirs = Q(user=user.pk) | Q(session__owner=user.pk) | Q(token__user=user.pk)
        return self.filter(theirs | everyones)

    def all_for_staff(self, user: User | Any) -> Self:
        if not user.is_staff:
            raise PermissionDenied
        return self.all()


class Budget(models.Model):
    """One limit: whose use, of what, in which span of time.

    That of an audience with a plan counts each of its people alone; the workspace's counts all together. Of a
    session both its owner and staff may set one; then the lower holds. A token has one limit at the most.
    """

    class Audience(models.TextChoices):
        FREE = "free", "Each person of the free plan"
        PREMIUM = "premium", "Each person of the premium plan"
        WORKSPACE = "workspace", "The whole workspace together"

    class Measure(models.TextChoices):
        MONEY = "money", "Money"
        TOKENS = "tokens", "Tokens"
        REQUESTS = "requests", "Messages"

    class Period(models.TextChoices):
        MINUTE = "minute", "A minute"
        DAY = "day", "A day"
        MONTH = "month", "A month"
        EVER = "ever", "In all"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    session = models.ForeignKey(
        ChatSession, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.CASCADE, to_field="public_id", null=True, blank=True, related_name="budgets",
        db_index=False, verbose_name="API token",
    )  # fmt: skip
    audience = models.CharField(max_length=10, blank=True, choices=Audience.choices, db_index=True)
    by_owner = models.BooleanField(
        default=False, help_text="Set by the session's owner, who may change it; others are set by staff."
    )
    measure = models.CharField(max_length=8, choices=Measure.choices)
    period = models.CharField(max_length=6, choices=Period.choices)
    money = MoneyField(null=True, blank=True, help_text="USD.")
    count = models.PositiveBigIntegerField(null=True, blank=True, help_text="Tokens, or messages.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, session__isnull=True, token__isnull=True, audience="")
                | Q(user__isnull=True, session__isnull=False, token__isnull=True, audience="")
                | Q(user__isnull=True, session__isnull=True, token__isnull=False, audience="")
                | (Q(user__isnull=True, session__isnull=True, token__isnull=True) & ~Q(audience="")),
                name="budget_of_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(measure="money", money__isnull=False, money__gt=0, count__isnull=True)
                | Q(measure__in=["tokens", "requests"], money__isnull=True, count__isnull=False, count__gt=0),
                name="budget_has_one_amount",
            ),
            models.CheckConstraint(
                condition=~Q(period="minute") | Q(measure="requests"),
                name="only_messages_are_limited_a_minute",
            ),
            models.CheckConstraint(
                condition=~Q(period="ever") | Q(session__isnull=False) | Q(token__isnull=False),
                name="sessions_and_tokens_have_a_limit_in_all",
            ),
            models.CheckConstraint(
                condition=Q(by_owner=False) | Q(session__isnull=False), name="owners_limit_their_sessions"
            ),
            models.UniqueConstraint(
                fields=["user", "measure", "period"],
                condition=Q(user__isnull=False),
                name="one_budget_a_person_and_span",
            ),
            models.UniqueConstraint(
                fields=["session", "measure", "period", "by_owner"],
                condition=Q(session__isnull=False),
                name="one_budget_a_session_and_span",
            ),
            models.UniqueConstraint(
                fields=["token"], condition=Q(token__isnull=False), name="one_budget_a_token"
            ),
            models.UniqueConstraint(
                fields=["audience", "measure", "period"],
                condition=~Q(audience=""),
                name="one_budget_an_audience_and_span",
            ),
        ]

    def __str__(self) -> str:
        """As "Money a month of alice"; a session by the end of its key, for its name is its title."""
        audience = self.get_audience_display()
        subject = (
            f"session …{str(self.session_id)[-12:]}"
            if self.session_id
            else self.user or f"token {self.token}"
        )
        of = f"{audience[:1].lower()}{audience[1:]}" or subject
        return f"{self.get_measure_display()} {self.get_period_display().lower()} of {of}"

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Left to the database, which knows no words but the names of constraints: `check_budget` says in words what
        cannot be."""

    @property
    def limit(self) -> Decimal | int:
        """USD for money, else a number of tokens or messages."""
        amount: Decimal | int | None = self.count if self.money is None else self.money
        assert amount is not None
        return amount


class BudgetSpan(models.Model):
    """What was used in one span by one subject: settled calls, or messages that people asked.

    Made when a budget first needs it, from what was there before, and kept by every settlement from then on. `scope`
    is `user:KEY`, `session:KEY`, `token:KEY` or `workspace`. A row of calls is always what the ledger adds up to.
    """

    class Kind(models.TextChoices):
        CALLS = "calls", "Model calls"
        REQUESTS = "requests", "Messages"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    scope = models.CharField(max_length=48)
    period = models.CharField(max_length=6, choices=Budget.Period.choices)
    begins = models.DateTimeField()
    ends = models.DateTimeField(db_index=True)
    money = MoneyField(default=Decimal(0), help_text="Sum of the known costs.")
    tokens = models.PositiveBigIntegerField(default=0)
    unpriced = models.PositiveBigIntegerField(default=0, help_text="Calls whose price is unknown.")
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("kind", "scope", "period", "begins")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "period", "begins"], name="one_counter_a_subject_and_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.scope} a {self.period} from {self.begins:%Y-%m-%d %H:%M}"


class Reservation(models.Model):
    """The most that a call under way may come to. It goes with the settlement of its ledger row."""

    usage = models.OneToOneField(
        TokenUsage, on_delete=models.CASCADE, primary_key=True, related_name="reservation"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    session_key = models.UUIDField(db_index=True)
    token = models.UUIDField(null=True, blank=True, db_index=True)
    at = models.DateTimeField(help_text="When the call began, as its ledger row says.")
    money = MoneyField(default=Decimal(0), help_text="USD; 0 where the price is unknown.")
    tokens = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("usage",)

    def __str__(self) -> str:
        return f"reserved for {self.usage_id}"
