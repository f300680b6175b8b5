"""`python -m tests.browser.beside`: a question of alice in her newest session, with cards above its words, as it comes to
be where events and plugins add them."""

from __future__ import annotations

import django


def main() -> None:
    django.setup()
    from sessions_app.actions.messages import send_message
    from sessions_app.agent.cards import Card
    from sessions_app.models import ChatSession, User

    alice = User.objects.get(username="alice")
    chat = ChatSession.objects.owned_by(alice).recent().first()
    assert chat is not None
    lines = "\n".join(f"11:{number:02d}  TimeoutError in `send_mail`, 3 times" for number in range(10, 16))
    cards = [
        Card("activity", "errors", "6 errors in the last hour", lines, "error"),
        Card(
            "context",
            "git",
            "Last commits of webshop",
            "4f1c2aa  Retry mails\n90be112  Bump",
            link="https://git.example.org/",
        ),
    ]
    send_message(chat=chat, author=alice, content="Why do mails not go out?", cards=cards)


if __name__ == "__main__":
    main()
