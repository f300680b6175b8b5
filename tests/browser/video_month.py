"""`python -m tests.browser.video_month`, beside a server that runs: a month of questions about the visitor's videos. Prints the
key of the video that was asked about most."""

from __future__ import annotations

import random
import sys
from datetime import timedelta

import django

QUESTIONS = (
    "When is an index not used?", "When are indexes not being used?", "What does a partial index cost?",
    "Does this hold for hash joins?", "How is the query planner told of statistics?", "How does the planner use statistics?",
    "Which lock does a page take?",
)  # fmt: skip


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sessions_app.knowledge.models import Creator
    from sessions_app.models import ChatSession, User
    from tests.analytics.videos import asked, video

    chance, now = random.Random(7), timezone.now()
    owner = User.objects.get(username="visitor")
    Creator.objects.get_or_create(user=owner)
    films = [
        video(owner, title, length_ms=length * 60_000)
        for title, length in (
            ("How an index finds a row", 42),
            ("Joins, drawn by hand", 18),
            ("Locks and pages", 75),
        )
    ]
    chats = []
    for number in range(6):
        student = User.objects.create_user(f"student{number}")
        chats.append(
            (ChatSession.objects.create(owner=student, model="offline", provider="offline"), student)
        )
    for _ in range(140):
        chat, student = chance.choice(chats)
        film = chance.choices(films, (6, 3, 1))[0]
        at = now - timedelta(days=int(chance.triangular(0, 50, 4)), hours=int(chance.triangular(0, 24, 9)))
        start = int(chance.triangular(0, (film.length_ms or 0) - 60_000, 400_000)) // 40_000 * 40_000
        cited = {film: chance.choice((0, 1, 1, 2))}
        asked(chat, student, at, cited, chance.choice(QUESTIONS), f"0.0{chance.randint(1, 9)}", start)
    sys.stdout.write(f"{films[0].pk}\n")


if __name__ == "__main__":
    main()
