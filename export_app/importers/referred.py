"""Passages that a file names: those that are here, of the video it names and for its importer to see, are referred to;
of all others title, times and the words they came with are left, which lead nowhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from export_app import quoting
from export_app.document import Call, Entry, Part
from export_app.referring import TOOL, result_without_keys, without_keys
from sessions_app.agent.references import read


@dataclass(frozen=True, slots=True)
class Here:
    """What is here and for the importer to see: the video of each passage, and videos."""

    passages: Mapping[str, str]
    videos: Collection[str]

    def has(self, passage: str, video: str) -> bool:
        return self.passages.get(passage) == video


def referred(entries: Sequence[Entry], importer: int) -> list[Entry]:
    """Entries that were cleaned, as they may be stored. Two queries, and none where no passage is named."""
    keys = {key for entry in entries for key in named(entry)}
    if not keys:
        return list(entries)
    videos = {key for entry in entries for part in entry.parts for key in part.get("videos") or ()}
    here = Here(quoting.videos_of(keys, importer), quoting.seen(videos, importer))
    return [of_entry(entry, here) for entry in entries]


def named(entry: Entry) -> Iterable[str]:
    """Keys of passages, wherever they stand."""
    for part in (*entry.parts, *(part for former in entry.revisions for part in former.parts)):
        for citation in part.get("citations") or ():
            if "passage" in citation:
                yield citation["passage"]
        for passage in part.get("passages") or ():
            yield passage["key"]
    for call in entry.tool_calls:
        for passage in found_by(call):
            yield passage["key"]


def found_by(call: Call) -> Sequence[Mapping[str, Any]]:
    if call.name != TOOL or not isinstance(call.result, Mapping):
        return ()
    return call.result.get("passages") or ()


def of_entry(entry: Entry, here: Here) -> Entry:
    def stays(row: Mapping[str, Any]) -> bool:
        return here.has(row["key"], row["video"])

    return replace(
        entry,
        parts=tuple(of_part(part, here) for part in entry.parts),
        revisions=tuple(
            replace(each, parts=tuple(of_part(part, here) for part in each.parts)) for each in entry.revisions
        ),
        tool_calls=tuple(
            replace(call, result=result_without_keys(call.result, stays)) if found_by(call) else call
            for call in entry.tool_calls
        ),
    )


def of_part(part: Part, here: Here) -> Part:
    if part.get("citations"):
        return {**part, "citations": [of_citation(each, here) for each in part["citations"]]}
    if "passages" not in part:
        return part
    kept = [each for each in part["passages"] if here.has(each["key"], each["video"])]
    plain = {name: value for name, value in part.items() if name not in ("passages", "videos")}
    videos = [each for each in part["videos"] if each in here.videos]
    return {**plain, "passages": kept, "videos": videos} if kept else plain


def of_citation(citation: Any, here: Here) -> Any:
    """Without words where they can be looked up."""
    found = read(citation)
    if found is None or not found.passage:
        return citation
    if here.has(found.passage, found.video):
        return replace(found, cited="").citation
    return without_keys(citation)
