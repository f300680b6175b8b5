"""What the offline assistant makes of a conversation that is to be summarised: what was asked, in order."""

from __future__ import annotations

from sessions_app.providers.base import End, Request, Text, TextDelta, Turn
from sessions_app.providers.offline import OfflineProvider

MATERIAL = """<earlier-summary>
What was asked so far:
- How are you?
</earlier-summary>

Person:
How many tokens did I use?
In all.

Assistant:
- 4,000 tokens

Person:
And what did they cost?"""


async def said(material: str) -> str:
    request = Request("offline", (Turn("user", (Text(material),)),), purpose="summary")
    events = [event async for event in OfflineProvider(delay=0).stream(request)]
    assert isinstance(events[-1], End)
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_it_lists_what_was_asked_below_what_had_been() -> None:
    assert await said(MATERIAL) == (
        "What was asked so far:\n- How are you?\n- How many tokens did I use?\n- And what did they cost?"
    )


async def test_without_a_question_it_says_nothing() -> None:
    assert await said("Assistant:\nHello") == ""
