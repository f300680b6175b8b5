"""The ledger added up by day. Always equal to it, and made again from it at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Func, Q

from sessions_app.models import MoneyField, TokenUsage

if TYPE_CHECKING:
    from sessions_app.models import User

SUMMED = (
    "calls",
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "cost",
    "unpriced_calls",
)


class DailyUsageQuerySet(models.QuerySet["DailyUsage"]):
    def for_user(self, user: User | Any) -> Self:
        """The days of this person, split by provider, model and purpose."""
        return self.filter(user=user.pk, scope=DailyUsage.Scope.PERSON)

    def all_for_staff(self, user: User | Any) -> Self:
        """The days of everyone together, split by provider, model and purpose."""
        if not user.is_staff:
            raise PermissionDenied
        return self.filter(scope=DailyUsage.Scope.EVERYONE)

    def people_for_staff(self, user: User | Any) -> Self:
        """The days of everyone, split by person alone. The scope stands in the statement: SQLite takes an index with a
        condition only where it can prove it, and it cannot look into a parameter."""
        if not user.is_staff:
            raise PermissionDenied
        return self.filter(scope=Func(template="'people'", output_field=models.CharField()))

    def persons_for_staff(self, user: User | Any) -> Self:
        """The days of everyone, split by person, provider, model and purpose: many more rows than the others."""
        if not user.is_staff:
            raise PermissionDenied
        return self.filter(scope=DailyUsage.Scope.PERSON)


class DailyUsage(models.Model):
    """Settled calls of one day of one time zone.

    Kept three times, so that no question adds up more rows than its answer needs: for each person by provider, model
    and purpose; the same for everyone together; and for each person without a split. Someone who was deleted leaves
    rows without a user, as in the ledger.
    """

    class Scope(models.TextChoices):
        PERSON = "person", "One person, split"
        EVERYONE = "everyone", "Everyone, split"
        PEOPLE = "people", "One person, whole"

    zone = models.CharField(max_length=64, help_text="IANA name of the time zone the day belongs to.")
    day = models.DateField()
    scope = models.CharField(max_length=8, choices=Scope.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="daily_usage",
    )
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    purpose = models.CharField(max_length=12, blank=True, choices=TokenUsage.Purpose.choices)
    calls = models.PositiveBigIntegerField()
    failed_calls = models.PositiveBigIntegerField()
    unpriced_calls = models.PositiveBigIntegerField()
    input = models.PositiveBigIntegerField()
    cache_read = models.PositiveBigIntegerField()
    cache_write_5m = models.PositiveBigIntegerField()
    cache_write_1h = models.PositiveBigIntegerField()
    output = models.PositiveBigIntegerField()
    cost = MoneyField(help_text="Sum of the known costs.")
    duration_ms = models.PositiveBigIntegerField()
    first_token_ms = models.PositiveBigIntegerField()
    first_tokens = models.PositiveBigIntegerField(help_text="Calls whose first token was timed.")

    objects = DailyUsageQuerySet.as_manager()

    class Meta:
        ordering = ("zone", "day")
        verbose_name_plural = "daily usage"
        indexes = [
            models.Index(fields=["scope", "zone", "day"], name="daily_scope_zone_day"),
            # All time of everyone by person is added up from this alone, in its order.
            models.Index(
                fields=["zone", "user", "day", "scope", *SUMMED],
                condition=Q(scope="people"),
                name="daily_people",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "scope", "zone", "day", "provider", "model", "purpose"],
                name="one_daily_row_a_person",
            ),
            models.UniqueConstraint(
                fields=["zone", "day", "provider", "model", "purpose"],
                condition=Q(scope="everyone"),
                name="one_daily_row_of_everyone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.day} {self.zone}"


class RolledDay(models.Model):
    """A day whose calls stand in DailyUsage; a day without calls too. All others are read from the ledger."""

    zone = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        ordering = ("zone", "day")
        constraints = [models.UniqueConstraint(fields=["zone", "day"], name="a_day_is_rolled_up_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.zone}"
