"""The tool calls of one reply: their rows, and what its readers are told of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

from sessions_app.actions import approvals, running
from sessions_app.agent import context, labels
from sessions_app.agent.calling import milliseconds
from sessions_app.agent.events import ToolBegan, ToolEnded
from sessions_app.agent.tools import Toolbox
from sessions_app.models import Reply, ToolCall, uuid7
from sessions_app.providers.base import Raw, ToolCallRequested

from .output import Output, stored
from .writer import Writer


class ToolCalls:
    """`begin` and `end` write the row first and tell then; each chunk is the call's data as it is now."""

    def __init__(self, reply: Reply, writer: Writer, output: Output) -> None:
        self._reply, self._writer, self._output = reply, writer, output
        self._data: dict[tuple[int, str], dict[str, Any]] = {}
        self._hosted: dict[str, tuple[dict[str, Any], float]] = {}  # run by the provider, and since when

    async def begin(self, event: ToolBegan) -> bool:
        """False where the reply is no longer ours: then nothing was written or told."""
        status = ToolCall.Status.AWAITING if event.asks else ToolCall.Status.PENDING
        data: dict[str, Any] = {
            "id": str(uuid7()),
            "tool_id": event.name,
            "tool_use_id": event.tool_use_id,
            "input": dict(event.input),
            "status": str(status),
            "result": None,
            "error": "",
            "duration_ms": None,
        }
        if event.raw is not None:
            data["raw"] = {**stored(event.raw), "result": None, "result_turn": 0}
            self._hosted[event.tool_use_id] = (data, time.monotonic())
        self._data[event.turn, event.tool_use_id] = data
        ours = await self._writer.insist(
            running.begin_tool,
            message=self._reply.pk, call=UUID(data["id"]), turn=event.turn, use_id=event.tool_use_id,
            name=event.name, given=data["input"], status=str(status),
        )  # fmt: skip
        if ours:
            self._tell(data, event.turn)
        return ours

    def allowed(self, turn: int) -> list[ToolCallRequested]:
        """The calls of a turn that a person has allowed and that have not run; readers are told that they run."""
        folded = self._output.growth.folded
        calls = []
        for part in folded.parts:
            if part["kind"] != "tool_call" or part["turn"] != turn or "raw" in part:
                continue
            data = folded.tools[part["id"]] | {"tool_use_id": part["tool_use_id"]}
            if data["status"] == ToolCall.Status.PENDING:
                self._data[turn, part["tool_use_id"]] = data
                self._tell(data, turn)
                calls.append(ToolCallRequested(part["tool_use_id"], part["name"], part["input"]))
        return calls

    def _tell(self, data: dict[str, Any], turn: int) -> None:
        self._output.emit("tool_call", data, turn)
        if data["status"] == ToolCall.Status.PENDING:
            name = data["tool_id"]
            running_now = {"status": "executing_tool", "tool_id": name, "label": context.tool_label(name)}
            if words := labels.running(name):
                running_now["message"] = words
            self._output.emit("metadata", running_now, turn)

    async def end(self, event: ToolEnded, tools: Toolbox, payer: int | None) -> None:
        if event.raw is not None:
            await self._end_hosted(event, event.raw, tools, payer)
            return
        await self._end(self._data[event.turn, event.tool_use_id], event, tools, payer)

    async def _end_hosted(self, event: ToolEnded, raw: Raw, tools: Toolbox, payer: int | None) -> None:
        """What the provider found may come a turn after it was asked: its block goes back where it came."""
        data, began = self._hosted.pop(event.tool_use_id, ({}, 0.0))
        if not data:
            return
        data = data | {"raw": {**data["raw"], "result": dict(raw.block), "result_turn": event.turn}}
        took = milliseconds(time.monotonic() - began)
        await self._end(data, replace(event, name=data["tool_id"], duration_ms=took), tools, payer)

    async def _end(self, begun: dict[str, Any], event: ToolEnded, tools: Toolbox, payer: int | None) -> None:
        result = event.result if event.kept is None else event.kept
        data = begun | {
            "status": event.status,
            "result": result,
            "error": event.error,
            "duration_ms": event.duration_ms,
        }
        await self._writer.insist(
            running.end_tool,
            call=UUID(data["id"]), status=event.status, result=result, error=event.error,
            duration_ms=event.duration_ms,
        )  # fmt: skip
        tool = tools.get(event.name)
        if tool is not None and tool.requires_premium and event.status != "denied" and payer is not None:
            await self._writer.insist(approvals.count_premium_run, user=payer, tool_name=event.name)
        self._output.emit("tool_call", data, event.turn)
