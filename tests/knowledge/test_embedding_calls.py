"""Questions are embedded on their asker's account, in time or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from django.test import AsyncClient

from analytics_app.models import Budget, Reservation
from sessions_app import doctor
from sessions_app.agent.tools import ToolContext
from sessions_app.knowledge import asking, embedding, embedding_run, tools
from sessions_app.knowledge.models import PassageVector, Video
from sessions_app.models import ApiToken, ChatSession, Message, ModelPrice, TokenUsage, User
from sessions_app.reading import read
from sessions_app.realtime import connections
from tests.knowledge.embedded import EAST, MODEL, NORTH, make_video, server
from tests.upstream import Upstream
from tests.upstream.steps import Refuse

pytestmark = pytest.mark.django_db(transaction=True)
DIRECTIONS = {"yeast": NORTH, "Bread rises by yeast.": NORTH, "What makes it grow?": EAST}


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    with server(settings) as running:
        running.embeddings.vector = lambda text: DIRECTIONS.get(text, EAST)
        yield running


@pytest_asyncio.fixture(autouse=True)
async def hung_up(upstream: Upstream) -> AsyncIterator[None]:
    yield
    await connections.close()


@pytest.fixture
def embedded(upstream: Upstream, alice: User) -> None:
    """Alice's video, whose passages have their vectors."""
    make_video(alice, "Bread rises by yeast.", "Dough swells while it rests.")
    assert embedding_run.work() is not None
    TokenUsage.objects.all().delete()
    upstream.embeddings.asked.clear()


async def texts(alice: User, question: str, **more: Any) -> list[str]:
    return [each.text for each in await asking.find(user_id=alice.pk, question=question, **more)]


async def calls() -> list[TokenUsage]:
    return await read(lambda: list(TokenUsage.objects.order_by("at")))


@pytest.mark.usefixtures("embedded")
async def test_a_question_finds_what_means_the_same_and_its_call_is_in_the_ledger(
    upstream: Upstream, alice: User, bob: User, chat: ChatSession
) -> None:
    message = await read(lambda: Message.objects.create(session=chat, role="assistant", position=1))
    assert (await texts(alice, "What makes it grow?", chat_id=chat.pk, message_id=str(message.pk)))[0] == (
        "Dough swells while it rests."
    )
    assert upstream.embeddings.asked == [
        {"model": "tiny", "input": ["What makes it grow?"], "encoding_format": "float"}
    ]
    (row,) = await calls()
    assert (row.user_id, row.session_id, row.session_key, row.message_id) == (
        alice.pk,
        chat.pk,
        chat.pk,
        message.pk,
    )
    assert (row.purpose, row.provider, row.model) == ("embedding", "den", MODEL)
    assert (row.input, row.output, row.counts_source, row.ok) == (4, 0, "reported", True)
    assert row.settled_at is not None
    assert row.request_id == "req_embedding_1"
    assert (row.cost, row.price_source) == (None, "unknown")
    await read(chat.refresh_from_db)
    assert (chat.input_tokens, chat.unpriced_calls) == (4, 1)


@pytest.mark.usefixtures("embedded")
async def test_where_nothing_can_be_found_no_question_is_embedded(
    upstream: Upstream, alice: User, bob: User
) -> None:
    video = await read(lambda: Video.objects.get(creator=alice))
    empty = await read(lambda: Video.objects.create(creator=alice, title="Without a transcript"))
    assert await texts(bob, "yeast", videos=[video.pk]) == []
    assert await texts(alice, "yeast", videos=[str(empty.pk), "odd"]) == []
    assert upstream.embeddings.asked == []
    assert await calls() == []


@pytest.mark.usefixtures("embedded")
async def test_a_call_says_for_which_reply_and_by_which_token_it_was_made(
    alice: User, chat: ChatSession, async_client: AsyncClient
) -> None:
    message = await read(lambda: Message.objects.create(session=chat, role="assistant", position=1))
    key = uuid4()
    context = ToolContext(alice.pk, chat.pk, message_id=message.pk, token=key)
    await tools.search_video_transcripts.function(context, query="yeast")
    token, secret = await read(lambda: ApiToken.objects.create(alice, scopes=["read"]))
    found = await async_client.get(
        "/api/chat/videos/search", {"q": "yeast"}, headers={"authorization": f"Bearer {secret}"}
    )
    assert found.status_code == 200
    rows = [(row.message_id, row.api_token) for row in await calls()]
    assert rows == [(message.pk, key), (None, token.public_id)]


@pytest.mark.usefixtures("embedded")
async def test_a_price_that_staff_set_is_its_cost(alice: User, chat: ChatSession) -> None:
    price = {
        name: Decimal(2) for name in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    }
    await read(lambda: ModelPrice.objects.create(provider="den", model=MODEL, **price))
    await texts(alice, "What makes it grow?", chat_id=chat.pk)
    (row,) = await calls()
    assert row.cost == Decimal("0.000008")


@pytest.mark.usefixtures("embedded")
async def test_tokens_are_estimated_where_the_server_tells_none(upstream: Upstream, alice: User) -> None:
    upstream.embeddings.usage = False
    await texts(alice, "x" * 40)
    (row,) = await calls()
    assert (row.input, row.counts_source, row.session_key) == (10, "estimated", None)


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize(
    ("refused", "kind", "status"),
    [
        (Refuse(429, "rate_limit_exceeded", "Slow down."), "rate_limit", 429),
        (Refuse(404, "model_not_found", "The model does not exist."), "not_found", 404),
        (Refuse(500, "server_error", "Oops."), "server", 500),
    ],
)
async def test_a_failed_call_is_counted_and_words_find_alone(
    upstream: Upstream, alice: User, refused: Refuse, kind: str, status: int
) -> None:
    upstream.embeddings.refusals.append(refused)
    assert await texts(alice, "yeast") == ["Bread rises by yeast."]
    (row,) = await calls()
    assert (row.ok, row.error_type, row.status_code, row.input) == (False, kind, status, 0)
    assert row.settled_at is not None
    assert row.cost == 0


@pytest.mark.usefixtures("embedded")
async def test_a_slow_call_is_not_waited_for(
    upstream: Upstream, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "LIMIT", 0.1)
    upstream.embeddings.seconds = 5.0
    assert await texts(alice, "yeast") == ["Bread rises by yeast."]
    (row,) = await calls()
    assert (row.ok, row.error_type, row.input, row.counts_source) == (False, "timeout", 2, "estimated")


@pytest.mark.usefixtures("embedded")
async def test_who_is_stopped_leaves_no_open_call(upstream: Upstream, alice: User) -> None:
    upstream.embeddings.seconds = 5.0
    task = asyncio.create_task(asking.find(user_id=alice.pk, question="yeast"))
    while not upstream.embeddings.asked:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (row,) = await calls()
    assert (row.ok, row.error_type) == (False, "interrupted")
    assert row.settled_at is not None


@pytest.mark.usefixtures("embedded")
async def test_a_used_up_budget_leaves_words_alone(
    upstream: Upstream, alice: User, chat: ChatSession
) -> None:
    await read(lambda: Budget.objects.create(user=alice, measure="tokens", period="day", count=4))
    assert len(await texts(alice, "What makes it grow?", chat_id=chat.pk)) == 1
    upstream.embeddings.asked.clear()
    assert await texts(alice, "yeast", chat_id=chat.pk) == ["Bread rises by yeast."]
    assert upstream.embeddings.asked == []
    assert await read(Reservation.objects.count) == 0


async def test_no_call_is_made_where_nothing_has_a_vector(upstream: Upstream, alice: User) -> None:
    await read(lambda: make_video(alice, "Bread rises by yeast."))
    assert await texts(alice, "yeast") == ["Bread rises by yeast."]
    assert upstream.embeddings.asked == []
    assert await calls() == []


@pytest.mark.usefixtures("embedded")
async def test_no_call_is_made_where_no_model_is_set_or_nothing_is_asked(
    upstream: Upstream, alice: User, settings: Any
) -> None:
    assert await texts(alice, "  ") == []
    assert await texts(alice, "yeast", videos=[]) == []
    settings.EMBEDDING_MODEL = ""
    assert await texts(alice, "yeast") == ["Bread rises by yeast."]
    assert upstream.embeddings.asked == []


@pytest.mark.usefixtures("embedded")
async def test_a_chat_that_is_gone_meanwhile_leaves_words_alone(upstream: Upstream, alice: User) -> None:
    assert await texts(alice, "yeast", chat_id=uuid4()) == ["Bread rises by yeast."]
    assert upstream.embeddings.asked == []


@pytest.mark.usefixtures("embedded")
def test_the_doctor_finds_nothing_wrong(alice: User, make_chat: Callable[..., ChatSession]) -> None:
    chat = make_chat()

    async def ask() -> None:
        await texts(alice, "What makes it grow?", chat_id=chat.pk)
        await texts(alice, "What makes it grow?")
        await connections.close()

    asyncio.run(ask())
    assert TokenUsage.objects.count() == 2
    assert PassageVector.objects.count() == 2
    assert doctor.examine() == []
