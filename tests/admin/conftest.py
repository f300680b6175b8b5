"""Three kinds of staff: one for figures, one who may read messages, one who may do everything."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from sessions_app.actions.marks import annotate, rate_message
from sessions_app.models import ChatSession, Message, RunnerProcess, User

from .conversation import answered, process

TITLE = "Plans for the harbour"
QUESTION = "What does the harbour cost? <script>alert(1)</script>"
ANSWER = "The harbour costs **forty** coins. <img src=x onerror=alert(2)>"

REASON = "The ferry is missing. <script>alert(3)</script>"
NOTE = "Ask at the ferry."


def permit(user: User, *names: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def runner(db: None) -> RunnerProcess:
    return process()


@pytest.fixture
def told(chat: ChatSession, alice: User, runner: RunnerProcess) -> Message:
    """Alice's chat: a question and an answer that used a tool, both with hostile text, and her marks on it."""
    answer = answered(chat, alice, QUESTION, ANSWER, runner.pk)
    ChatSession.objects.filter(pk=chat.pk).update(title=TITLE)
    rate_message(message=answer, user=alice, value=-1, stars=2, comment=REASON)
    annotate(message=answer, user=alice, comment=NOTE, quote="harbour costs forty", quote_at=4)
    return answer


@pytest.fixture
def as_staff(staff: User) -> Client:
    return client_of(staff)


@pytest.fixture
def reader(db: None) -> User:
    person = User.objects.create_user("reader", "reader@example.org", "pw-reader-1", is_staff=True)
    permit(person, "view_message")
    return person


@pytest.fixture
def as_reader(reader: User) -> Client:
    return client_of(reader)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", "pw-root-1")


@pytest.fixture
def as_root(root: User) -> Client:
    return client_of(root)
