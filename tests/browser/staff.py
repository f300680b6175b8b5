"""`python -m tests.browser.staff`: a superuser, the admin site's own files, and two weeks of conversations to look at."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django
from django.core.management import call_command

from tests.browser.prepare import password_of

MODELS = ("claude-sonnet-5-5", "claude-haiku-4-5", "claude-opus-5-5")
TITLES = (
    "Migration plan",
    "Retry policy for webhooks",
    "Release notes 2.4",
    '=HYPERLINK("x")',
    "Plain words",
)


def main() -> None:
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)
    from sessions_app.actions import audit
    from sessions_app.models import ChatSession, User

    root = User.objects.create_superuser("root", "root@example.org", password_of("root"))
    alice = User.objects.get(username="alice")
    for number in range(40):
        past(alice if number % 3 else User.objects.get(username="visitor"), number)
    chat = ChatSession.objects.create(owner=alice, title="Words for a failed delivery", model=MODELS[0])
    converse(chat, alice)
    for action, reason in (("opened transcript", "Ticket 4711: answers were cut short."), ("read title", "")):
        audit.record(actor=root, action=action, subject=chat, reason=reason)
    print(chat.pk)


def past(owner: Any, number: int) -> None:
    """One short session of one of the last 14 days, with its ledger."""
    from django.utils import timezone

    from sessions_app.models import ChatSession, Message, Reply, TokenUsage
    from tests.histories import fill

    dice, now = random.Random(number), timezone.now()
    at = now - timedelta(days=number % 14, minutes=dice.randrange(600))
    model, tokens = dice.choice(MODELS), dice.randrange(2_000, 90_000)
    cost: Any = Decimal(tokens) / 250_000
    chat = ChatSession.objects.create(
        owner=owner, title=TITLES[number % len(TITLES)], model=model, provider="anthropic",
        input_tokens=tokens, output_tokens=tokens // 9, cost=cost, tool_count=number % 4,
    )  # fmt: skip
    rows = fill(chat, 2 * dice.randrange(1, 5), began=at)
    ChatSession.objects.filter(pk=chat.pk).update(created_at=at, last_activity_at=at)
    replies = Reply.objects.filter(session=chat)
    replies.update(created_at=at, started_at=at, finished_at=at + timedelta(seconds=4))
    if number % 6 == 0:
        Reply.objects.filter(pk=rows[-1].pk).update(status="failed", error_type="overloaded_error")
    TokenUsage.objects.create(
        user=owner, session=chat, session_key=chat.pk, message=Message.objects.get(pk=rows[1].pk), model=model,
        provider="anthropic", input=tokens, output=tokens // 9, cost=cost, ok=True, at=at, settled_at=at,
    )  # fmt: skip


def converse(chat: Any, alice: Any) -> None:
    """A conversation with everything beside it: a tool, versions, an edit, a failure, marks, a deletion."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from sessions_app.actions import running
    from sessions_app.actions.attachments import take_files
    from sessions_app.actions.marks import annotate, rate_message
    from sessions_app.actions.messages import send_message
    from sessions_app.actions.versions import delete_message, edit_message
    from sessions_app.models import Reply
    from tests.admin.conversation import answered, process

    owner = process()
    file = take_files(owner=alice, chat=chat, uploads=[SimpleUploadedFile("policy.txt", b"Try six times.")])[
        0
    ]
    assert file.attachment is not None
    first = answered(
        chat,
        alice,
        "Write the notice people get when a delivery failed.",
        "It says **what is kept**.",
        owner.pk,
    )
    edit_message(
        message=parent(first),
        person=alice,
        content="Write the notice for a failed delivery.",
    )
    rate_message(message=first, user=alice, value=-1, stars=2, comment="Too formal for our people.")
    annotate(
        message=first, user=alice, comment="Is it 14 days for everyone?", quote="what is kept", quote_at=8
    )
    answered(chat, alice, "And in German?", "Wir konnten das Ereignis nicht zustellen.", owner.pk)
    gone = answered(chat, alice, "Never mind.", "As you like.", owner.pk)
    delete_message(message=parent(gone))
    send_message(chat=chat, author=alice, content="Shorter, with the file.", attachments=[file.attachment.pk])
    reply = running.claim_replies(owner=owner.pk)[0]
    Reply.objects.filter(pk=reply.pk).update(
        status="failed", error_type="overloaded_error", error_message="The provider is overloaded. The text is kept.", owner=None,
    )  # fmt: skip


def parent(answer: Any) -> Any:
    return type(answer).objects.get(pk=answer.parent_id)


if __name__ == "__main__":
    main()
