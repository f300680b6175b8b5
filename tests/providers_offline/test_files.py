"""The offline assistant says what it got, plainly, and that it cannot read it."""

from __future__ import annotations

import asyncio

from sessions_app.providers.base import Document, FileText, Part, Request, Text, TextDelta, Turn
from sessions_app.providers.offline import OfflineProvider

CSV = FileText("budget.csv", "a,b", "csv", "text", 18_200)
PDF = Document("report `1`.pdf", lambda: b"", 10, 2_500_000)


def said(*turns: tuple[Part, ...]) -> str:
    request = Request("offline", tuple(Turn("user", parts) for parts in turns))

    async def words() -> str:
        events = [event async for event in OfflineProvider(delay=0).stream(request)]
        return "".join(event.text for event in events if isinstance(event, TextDelta))

    return asyncio.run(words())


def test_one_file_alone_is_named_with_kind_and_size() -> None:
    assert said((CSV,)) == (
        "I got one file: `budget.csv`: text (csv), 18 KB. I see what it is, but I cannot read it: "
        "a connected model can."
    )


def test_several_are_a_list_and_the_question_is_answered_too() -> None:
    answer = said((CSV, PDF, Text("Hello")))
    assert "- `budget.csv`: text (csv), 18 KB\n- `report '1'.pdf`: PDF, 2.5 MB" in answer
    assert "Hello. I am the offline assistant" in answer


def test_files_alone_do_not_answer_the_question_before_them() -> None:
    assert "Hello" not in said((Text("Hello"),), (CSV,))


def test_what_a_file_says_is_no_question() -> None:
    assert "metrics" not in said((FileText("a.txt", "How are my session metrics?", "", "text", 9),))
