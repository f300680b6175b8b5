"""What the page, the tools, the API and the files tell is one figure: the plain sum of the ledger's rows."""

from __future__ import annotations

import csv
import io
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as config
from django.test import Client
from django.utils import timezone

from analytics_app.actions import rollups
from analytics_app.dashboard.question import Question, question
from analytics_app.dashboard.reads import Reads
from analytics_app.dashboard.registry import contents, headlines
from analytics_app.queries.periods import day_of
from sessions_app.agent.tools import ToolContext, load_tools
from sessions_app.models import ChatSession, TokenUsage, User

from .books import counted_in
from .months import LEAP_DAY, MODELS, ZONES, fill
from .world import generate

pytestmark = pytest.mark.django_db(transaction=True)  # tools read on another thread, which sees only commits
RANGES = ("today", "week", "month", "all")
DATES = {"time_range": "dates", "from": "2028-02-28", "until": "2028-03-01"}
Total = tuple[int, Decimal | None, int, int]  # tokens, cost, calls, calls of unknown price


@pytest.fixture(params=ZONES)
def people(request: Any, monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """Two members and one of staff, in one of three time zones, on a leap day's evening."""
    monkeypatch.setattr(timezone, "now", lambda: LEAP_DAY)
    made = [
        User.objects.create_user(name, preferences={"time_zone": request.param}, is_staff=name == "cy")
        for name in ("ann", "ben", "cy")
    ]
    fill(made)
    return made


def test_everything_tells_the_sum_of_the_rows_before_and_after_roll_up(people: list[User]) -> None:
    zone = people[0].zone
    questions = asked(people)[ZONES.index(str(zone)) :: len(ZONES)]  # each zone a third of them
    before = [agree(person, scope, given) for person, scope, given in questions]
    for day in rollups.due_days(zone):
        assert rollups.roll_up_day(zone=zone, day=day) or day in open_days(zone)
    assert [agree(person, scope, given) for person, scope, given in questions] == before
    assert len(set(before)) > 3
    assert any(total[3] for total in before)  # calls of unknown price are among them


def open_days(zone: tzinfo) -> set[date]:
    return {day_of(row.at, zone) for row in TokenUsage.objects.open()}


def asked(people: list[User]) -> list[tuple[User, str, dict[str, str]]]:
    spans = [*({"time_range": name} for name in RANGES), DATES]
    ann, staff = people[0], people[2]
    filters: list[dict[str, str]] = [
        {"model": MODELS[0]}, {"model": MODELS[-1]}, {"model": MODELS[1], "provider": "anthropic"}, {"user": "ben"},
    ]  # fmt: skip
    return [
        *((ann, "own", span) for span in spans),
        (ann, "own", {"time_range": "all", "model": MODELS[0]}),
        *((staff, "everyone", {"time_range": "month", **each}) for each in filters),
        *((staff, "everyone", span) for span in spans),
    ]


def agree(person: User, scope: str, given: dict[str, str]) -> Total:
    """The total of a question, after every way of telling it told the same."""
    given = {**given, **({"scope": scope} if scope == "everyone" else {})}
    wanted = question(person, given)
    assert wanted.problem == ""
    total = summed(plain_rows(wanted))
    assert dict.fromkeys(ways := told(wanted, given), total) == ways
    return total


def plain_rows(wanted: Question) -> list[TokenUsage]:
    return [
        row
        for row in counted_in(wanted.span, wanted.person)
        if wanted.model in ("", row.model) and wanted.provider in ("", row.provider)
    ]


def summed(rows: list[TokenUsage]) -> Total:
    known = [row.cost for row in rows if row.cost is not None]
    cost = None if rows and not known else sum(known, Decimal(0))
    return sum(row.total for row in rows), cost, len(rows), len(rows) - len(known)


def told(wanted: Question, given: dict[str, str]) -> dict[str, Total]:
    """By panels, strip, tools, API and files."""
    client = Client()
    client.force_login(wanted.asker)
    reads = Reads(wanted)
    found = {**panels(wanted, reads), "strip": strip(wanted, reads)}
    keys = {"panels": "cost_by_model_day,cost_by_provider"}
    api = client.get("/api/chat/analytics", {**given, **keys}).json()
    for key, panel in api["panels"].items():
        found[f"api {key}"] = of_api(panel)
    found["csv"] = of_csv(client.get("/dashboard/csv/cost_by_model_day/", given).content.decode())
    answer = client.get("/dashboard/csv/", {**given, "panels": "cost_by_purpose"})
    packed = ZipFile(io.BytesIO(answer.content))
    found["zip"] = of_csv(packed.read("cost_by_purpose.csv").decode())
    for head in (api["headlines"], head_of_csv(packed.read("headlines.csv").decode())):
        assert money(head["cost"]["value"]) == found["strip"][1]
        assert int(head["tokens"]["value"]) == found["strip"][0]
    if not {"user", "model", "provider", "from"} & given.keys():
        scope = given.get("scope", "own")
        for tool in ("analyze_token_usage", "analyze_costs"):
            found[tool] = ask(wanted.asker, tool, time_range=given["time_range"], scope=scope)
    return found


PANELS = ("cost_by_model_day", "cost_by_provider", "cost_by_purpose", "cost_by_user")


def panels(wanted: Question, reads: Reads) -> dict[str, Total]:
    """The total each of them shows, which is what its own rows add up to; a panel without rows shows none."""
    found = {}
    for key in PANELS[: 4 if wanted.everyone else 3]:
        sheet = contents(key, wanted, reads).sheet
        names = [column.key for column in sheet.columns]
        rows = [dict(zip(names, row, strict=True)) for row in sheet.rows]
        added = of_rows(rows)
        if sheet.total:
            assert of_rows([dict(zip(names, sheet.total, strict=True))]) == added
        found[key] = added
    kinds = contents("tokens_by_kind", wanted, reads).sheet
    assert sum(int(str(row[5])) for row in kinds.rows) == found["cost_by_provider"][0]
    assert all(sum(map(int, map(str, row[1:5]))) == row[5] for row in kinds.rows)
    unpriced = contents("unpriced", wanted, reads).sheet
    assert sum(int(str(row[2])) for row in unpriced.rows) == found["cost_by_provider"][3]
    return found


def of_rows(rows: list[dict[str, Any]]) -> Total:
    known = [row["cost"] for row in rows if row["cost"] is not None]
    cost = None if rows and not known else sum(known, Decimal(0))
    return (
        sum(row["tokens"] for row in rows), cost, sum(row["calls"] for row in rows),
        sum(row["unpriced_calls"] for row in rows),
    )  # fmt: skip


def strip(wanted: Question, reads: Reads) -> Total:
    values = {each.key: each for each in headlines(wanted, reads)}
    cost, tokens = values["cost"], values["tokens"]
    assert isinstance(tokens.value, int)
    assert cost.value is None or isinstance(cost.value, Decimal)
    return tokens.value, cost.value, reads.sums.calls, cost.unpriced


def of_api(panel: dict[str, Any]) -> Total:
    names = [column["key"] for column in panel["columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in panel["rows"]]
    return of_rows([{**row, "cost": money(row["cost"])} for row in rows])


def of_csv(text: str) -> Total:
    """Of all rows: a file has no sum of them at its end."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    numbers = ("tokens", "calls", "unpriced_calls")
    read = [{**{name: int(row[name]) for name in numbers}, "cost": money(row["cost"])} for row in rows]
    return of_rows(read)


def head_of_csv(text: str) -> dict[str, dict[str, str]]:
    return {row["figure"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def money(cost: str | None) -> Decimal | None:
    return None if cost in (None, "price unknown") else Decimal(cost)


def result(person: User, tool: str, **given: Any) -> dict[str, Any]:
    box = load_tools(config.AGENT_TOOLS).bound(ToolContext(person.pk))
    outcome = async_to_sync(box.call)(tool, given)
    assert outcome.status == "success", outcome.error
    told: dict[str, Any] = outcome.result
    return told


def ask(person: User, tool: str, **given: Any) -> Total:
    found = result(person, tool, **given)
    return found["total_tokens"], money(found["total_cost"]), found["calls"], found["unpriced_calls"]


@pytest.mark.parametrize("scope", ["own", "everyone"])
def test_the_strip_and_the_panels_tell_of_sessions_and_replies_what_the_tools_tell(
    monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: LEAP_DAY)
    people = [User.objects.create_user(name, is_staff=name == "cy") for name in ("ann", "ben", "cy")]
    generate(3, people, LEAP_DAY)
    person = people[2] if scope == "everyone" else next(iter(ChatSession.objects.all())).owner
    for name in ("month", "all"):
        wanted = question(person, {"time_range": name, "scope": scope})
        reads = Reads(wanted)
        found = {each.key: each.value for each in headlines(wanted, reads)}
        metrics = result(person, "analyze_session_metrics", time_range=name, scope=scope)
        engaged = result(person, "analyze_engagement", time_range=name, scope=scope)
        assert (found["sessions"], found["messages"]) == (metrics["active_sessions"], metrics["messages"])
        assert found["first_token"] == metrics["first_token_ms"]["median"]
        assert found.get("users", metrics["active_users"]) == metrics["active_users"]
        panels = {
            key: contents(key, wanted, reads).sheet
            for key in ("tools", "busy_hours", "turns", "satisfaction")
        }
        assert [row[6] for row in panels["tools"].rows] == [row["tool"] for row in engaged["tools"]]
        assert [row[2] for row in panels["tools"].rows] == [row["success_share"] for row in engaged["tools"]]
        hours = [row["messages"] for row in engaged["peak_hours"]]
        assert panels["busy_hours"].total == ("All", *hours)
        assert panels["turns"].total is None or panels["turns"].total[3] == metrics["multi_turn_share"]
        rated = panels["satisfaction"].total
        assert (rated[1] if rated else 0) == engaged["satisfaction"]["ratings"]
        assert metrics["messages"]
