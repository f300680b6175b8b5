"""`python -m tests.browser.videos`: videos of visitor, who is a creator from then on, and a session of Alice whose answers refer
to them; prints its path, and the key of each video. With `hide`, nobody but visitor sees them any more; with `creator` alone
the role is given."""

from __future__ import annotations

import sys
from typing import Any

import django

SAID = (
    "A bowline makes a loop that does not slip, and is untied again after any load.",
    "Two half hitches hold a line to a ring; mind that they turn the same way.",
    "A sheet bend joins two ropes of different thickness.",
)
TITLES = ("Knots at sea: the six that hold", "Splices for beginners", "How a lighthouse is kept")


def main() -> None:
    django.setup()
    from sessions_app.knowledge.models import Creator, Video
    from sessions_app.models import ChatSession, User
    from tests.knowledge.places import make_video

    visitor, alice = User.objects.get(username="visitor"), User.objects.get(username="alice")
    Creator.objects.get_or_create(user=visitor)
    if "creator" in sys.argv:
        return
    if "hide" in sys.argv:
        Video.objects.update(visibility=Video.Visibility.PRIVATE)
        return
    Video.objects.all().delete()  # of a test before: titles name them
    videos = [make_video(visitor, title, words=SAID if at < 2 else ()) for at, title in enumerate(TITLES)]
    chat = ChatSession.objects.create(
        owner=alice,
        title="Which knot for which load",
        provider="anthropic",
        settings={"videos": [str(video.pk) for video in videos[::2]]},
    )
    first = answer(chat, 0, videos[0], 3, "A bowline holds a load and is untied again")
    answer(chat, 2, videos[0], 24, "All of it, moment by moment", after=first)
    print(chat.get_absolute_url(), *(video.pk for video in videos))


def answer(chat: Any, position: int, video: Any, many: int, words: str, after: Any = None) -> Any:
    """A question and its answer, which refers to `many` moments of the video, one every 10 seconds."""
    from django.utils import timezone

    from sessions_app.agent.passages import clock, key_of, path_to
    from sessions_app.knowledge.models import Reference
    from sessions_app.models import Message, Reply
    from sessions_app.rendering import RENDERER_VERSION

    asked = Message.objects.create(
        session=chat, role="user", content="Which knot?", position=position, author=chat.owner, parent=after,
        parts=[{"kind": "text", "turn": 0, "text": "Which knot?"}],
    )  # fmt: skip
    passages = list(video.passages.order_by("number"))
    places = [(passages[at % len(passages)], at * 10_000) for at in range(many)]
    cited = [
        {
            "url": path_to(str(video.pk), at, key_of(passage.pk)), "title": video.title, "cited": "", "video": str(video.pk),
            "passage": key_of(passage.pk), "start_ms": at, "end_ms": at + 10_000, "similarity": 0.8,
        }
        for passage, at in places
    ]  # fmt: skip
    numbers = "".join(
        f' <a href="{each["url"].replace("&", "&amp;")}">[{at}]</a>' for at, each in enumerate(cited, 1)
    )
    chips = "".join(
        f'<li><span>{at}</span><span><a class="source-chip" href="{each["url"].replace("&", "&amp;")}">{video.title} '
        f"<span>{clock(each['start_ms'])}</span></a></span></li>"
        for at, each in enumerate(cited, 1)
    )
    html = f'<p>{words}{numbers}</p><section class="sources"><p class="sources__title">Sources</p><ol>{chips}</ol></section>'
    message = Message.objects.create(
        session=chat, role="assistant", content=words, html=html, renderer_version=RENDERER_VERSION, parent=asked,
        parts=[{"kind": "text", "turn": 1, "text": words, "citations": cited}], position=position + 1,
        model="claude-sonnet-5-5",
    )  # fmt: skip
    Reply.objects.create(message=message, session=chat, status="complete", stop_reason="end", turns=1)
    for number, (passage, at) in enumerate(places, 1):
        Reference.objects.create(
            message=message, number=number, video=video, passage=passage, title=video.title, start_ms=at,
            end_ms=at + 10_000, at=timezone.now(),
        )  # fmt: skip
    return message


if __name__ == "__main__":
    main()
