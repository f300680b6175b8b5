"""Filters of the list of chats. Each asks small things of an index: no distinct over a large table, no join that counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from sessions_app.models import Mark, Reply, User

Rows = QuerySet[Any]


class Choice(admin.SimpleListFilter):
    """A filter with fixed answers. `choose` narrows the rows to those of one."""

    answers: tuple[tuple[str, str], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.answers)

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        value = self.value()
        known = value in dict(self.answers)
        return self.choose(queryset, str(value)) if known else queryset

    def choose(self, rows: Rows, value: str) -> Rows:
        raise NotImplementedError


class Typed(admin.SimpleListFilter):
    """A filter in which a name is typed: a list of all names would be as long as the workspace is large."""

    template = "admin/typed_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The other filters, which the form sends along."""
        others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name != self.parameter_name
            for value in values
        ]
        yield {"others": others, "value": self.value() or "", "name": self.parameter_name}


class PersonFilter(Typed):
    title = "person"
    parameter_name = "person"
    way = "owner"

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        name = (self.value() or "").strip()
        if not name or "\0" in name:
            return queryset
        people = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))
        return queryset.filter(**{f"{self.way}__in": list(people.values_list("pk", flat=True)[:10])})


class CostFilter(Choice):
    title = "cost"
    parameter_name = "cost"
    answers = (
        ("0", "None"),
        ("0.01", "Up to $0.01"),
        ("0.1", "Up to $0.10"),
        ("1", "Up to $1"),
        ("10", "Up to $10"),
        ("more", "Over $10"),
        ("unknown", "With calls of unknown price"),
    )
    limits = ("0", "0.01", "0.1", "1", "10")

    def choose(self, rows: Rows, value: str) -> Rows:
        if value == "unknown":
            return rows.filter(unpriced_calls__gt=0)
        if value == "more":
            return rows.filter(cost__gt=Decimal(10))
        if value == "0":
            return rows.filter(cost=0)
        above = self.limits[self.limits.index(value) - 1]
        return rows.filter(cost__gt=Decimal(above), cost__lte=Decimal(value))


class RatingFilter(Choice):
    title = "rating"
    parameter_name = "rating"
    answers = (("good", "Good"), ("bad", "Bad"), ("any", "Any"), ("none", "None"))

    def choose(self, rows: Rows, value: str) -> Rows:
        ratings = Mark.objects.ratings().order_by()
        if value in ("good", "bad"):
            ratings = ratings.filter(value=1 if value == "good" else -1)
        rated = ratings.values("message__session")
        return rows.exclude(pk__in=rated) if value == "none" else rows.filter(pk__in=rated)


class ErrorFilter(Choice):
    title = "failed replies"
    parameter_name = "failed"
    answers = (("yes", "With failed replies"), ("no", "Without"))

    def choose(self, rows: Rows, value: str) -> Rows:
        failed = Reply.objects.filter(status=Reply.Status.FAILED).order_by().values("session")
        return rows.filter(pk__in=failed) if value == "yes" else rows.exclude(pk__in=failed)


class YesOrNo(Choice):
    """Whether `condition` holds."""

    condition = Q()

    def choose(self, rows: Rows, value: str) -> Rows:
        return rows.filter(self.condition if value == "yes" else ~self.condition)


class ToolsFilter(YesOrNo):
    title = "tools"
    parameter_name = "tools"
    answers = (("yes", "Used tools"), ("no", "Used none"))
    condition = Q(tool_count__gt=0)


class BranchFilter(YesOrNo):
    title = "branch"
    parameter_name = "branch"
    answers = (("yes", "Branched from another"), ("no", "Of its own"))
    condition = Q(parent__isnull=False)


class ArchivedFilter(YesOrNo):
    title = "archive"
    parameter_name = "archived"
    answers = (("no", "In the list"), ("yes", "Archived"))
    condition = Q(archived_at__isnull=False)


class DeletedFilter(YesOrNo):
    title = "deletion"
    parameter_name = "deleted"
    answers = (("no", "Kept"), ("yes", "Deleted"))
    condition = Q(deleted_at__isnull=False)


class StopFilter(admin.SimpleListFilter):
    """Why replies ended: the reasons of the newest ones. All of them would have to be read for all reasons."""

    title = "stop reason"
    parameter_name = "stop_reason"
    newest = 2_000

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = Reply.objects.order_by("-pk").values_list("stop_reason", flat=True)[: self.newest]
        return [(reason, reason) for reason in sorted({*seen, self.value() or ""} - {""})]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        reason = self.value()
        return queryset.filter(stop_reason=reason) if reason else queryset
