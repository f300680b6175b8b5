"""Passages get their vectors in the background, on their creators' account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics_app.models import Budget
from sessions_app import doctor
from sessions_app.knowledge import embedding_run
from sessions_app.knowledge.actions import embedding as actions
from sessions_app.knowledge.models import EmbeddingRun, PassageVector
from sessions_app.knowledge.vectors.standing import model_in_use
from sessions_app.models import ActivityEvent, TokenUsage, User
from tests.knowledge.embedded import MODEL, add_transcript, make_video, server
from tests.upstream import Upstream
from tests.upstream.steps import Refuse

pytestmark = pytest.mark.django_db(transaction=True)
BUSY = Refuse(503, "server_is_overloaded", "Busy.")
BAD = Refuse(400, "invalid_request_error", "No.")


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    with server(settings) as running:
        yield running


def run(**asked: Any) -> embedding_run.Done:
    done = embedding_run.work(**asked)
    assert done is not None
    return done


def vectors(model: str = MODEL) -> int:
    return PassageVector.objects.filter(model=model).count()


def test_passages_in_use_get_vectors_in_lots_on_their_creators_account(
    upstream: Upstream, alice: User, bob: User
) -> None:
    make_video(alice, *[f"passage {at} of alice" for at in range(70)])
    make_video(bob, "a passage of bob")
    add_transcript(make_video(bob, "replaced"), "in use")
    make_video(bob, "deleted", deleted_at=timezone.now())
    done = run()
    assert (done.passages, done.calls, vectors()) == (72, 3, 72)
    assert [len(body["input"]) for body in upstream.embeddings.asked] == [64, 6, 2]
    assert "replaced" not in upstream.embeddings.texts
    assert "deleted" not in upstream.embeddings.texts
    rows = TokenUsage.objects.order_by("at")
    assert [row.user_id for row in rows] == [alice.pk, alice.pk, bob.pk]
    assert {(row.session_id, row.session_key, row.message_id, row.purpose) for row in rows} == {
        (None, None, None, "embedding")
    }
    assert [row.input for row in rows] == [64 * 4, 6 * 4, 6]
    assert all(row.ok and row.settled_at for row in rows)
    assert doctor.examine() == []
    assert run().calls == 0


def test_a_call_has_no_more_tokens_than_it_may(upstream: Upstream, alice: User) -> None:
    make_video(alice, *["x" * 12_000 for _ in range(5)], "y" * 40_000)
    assert run().passages == 6
    assert [len(body["input"]) for body in upstream.embeddings.asked] == [2, 2, 1, 1]


def test_one_process_at_a_time(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one")
    other = uuid4()
    assert actions.claim_embedding(owner=other)
    assert embedding_run.work(at_once=True) is None
    EmbeddingRun.objects.update(beat_at=timezone.now() - actions.SILENT - timedelta(seconds=1))
    assert run().passages == 1  # whoever was at it is dead
    assert not actions.store_vectors(owner=other, model=MODEL, vectors={})


def test_what_is_overloaded_is_asked_again(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one")
    upstream.embeddings.refusals.extend([BUSY, BUSY])
    assert (run().passages, vectors()) == (1, 1)
    assert list(TokenUsage.objects.order_by("at").values_list("ok", "error_type")) == [
        (False, "overloaded"),
        (False, "overloaded"),
        (True, ""),
    ]


def test_what_goes_on_failing_stops_with_a_sentence_for_staff_and_waits(
    upstream: Upstream, alice: User
) -> None:
    make_video(alice, "one")
    upstream.embeddings.refusals.extend([BUSY] * 3)
    assert run().problem == "Den is overloaded."
    event = ActivityEvent.objects.get(kind="embedding_stopped")
    assert (event.title, event.owner_id) == ("Transcripts are not embedded: Den is overloaded.", None)
    state = EmbeddingRun.objects.get()
    assert state.owner is None
    assert state.failures == 1
    assert state.problem == "Den is overloaded."
    assert embedding_run.work() is None  # not before some minutes have passed
    assert run(at_once=True).passages == 1
    state.refresh_from_db()
    assert (state.failures, state.retry_at, state.problem) == (0, None, "")


def test_a_refused_key_is_not_tried_again(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one")
    upstream.embeddings.refusals.append(Refuse(401, "invalid_api_key", "No."))
    assert "key was refused" in run().problem
    assert len(upstream.embeddings.asked) == 1


def test_a_passage_that_is_not_taken_keeps_no_other_from_its_vector(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one", "two", "three", "four")
    upstream.embeddings.refusals.extend([BAD])  # all four; then halves are taken
    assert run().passages == 4
    make_video(alice, "five", "six")
    upstream.embeddings.refusals.extend([BAD])
    before = len(upstream.embeddings.asked)
    upstream.embeddings.vector = lambda text: [1.0, 0.0]
    done = run()
    assert (done.passages, done.refused, len(upstream.embeddings.asked) - before) == (2, 0, 3)


def test_a_passage_that_is_never_taken_is_left_out_and_the_others_are_searched(
    upstream: Upstream, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        upstream.embeddings, "refusal", lambda body, *given: BAD if "bad" in body["input"] else None
    )
    make_video(alice, "one", "two", "bad", "")
    done = run()
    assert (done.passages, done.refused, done.problem) == (2, 1, "")
    assert EmbeddingRun.objects.get().ready == MODEL
    assert run().problem == "The provider did not accept this request."  # nothing else waits
    assert embedding_run.work() is None


def test_a_used_up_budget_keeps_only_its_own_creators_passages_waiting(
    upstream: Upstream, alice: User, bob: User
) -> None:
    make_video(alice, "one two three")
    make_video(bob, "his")
    make_video(alice, "four")
    Budget.objects.create(user=alice, measure="tokens", period="day", count=3)
    done = run()
    assert done.unpaid == {alice.pk}
    assert done.passages == 2
    assert EmbeddingRun.objects.get().ready == ""
    assert doctor.examine() == []


def test_after_a_change_of_the_model_the_old_vectors_serve_until_the_new_ones_are_there(
    upstream: Upstream, alice: User, settings: Any
) -> None:
    make_video(alice, "one", "two")
    assert model_in_use() == ""
    run()
    assert model_in_use() == MODEL
    settings.EMBEDDING_MODEL = "den/other"
    assert model_in_use() == MODEL
    upstream.embeddings.refusals.append(Refuse(401, "invalid_api_key", "No."))
    run()
    assert (model_in_use(), vectors()) == (MODEL, 2)
    run(at_once=True)
    assert (model_in_use(), vectors(), vectors("den/other")) == ("den/other", 0, 2)
    settings.EMBEDDING_MODEL = "elsewhere/other"
    assert model_in_use() == "den/other"
    settings.COMPATIBLE_SERVERS = {}
    assert model_in_use() == ""


def test_vectors_of_replaced_passages_go(upstream: Upstream, alice: User) -> None:
    video = make_video(alice, "one", "two")
    run()
    add_transcript(video, "three")
    run()
    assert list(PassageVector.objects.values_list("passage__text", flat=True)) == ["three"]


def test_a_transcript_that_is_ready_and_housekeeping_begin_it(
    upstream: Upstream, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(embedding_run, "start", lambda: begun.append(True))
    assert embedding_run.look() is False
    assert begun == []
    video = make_video(alice, "one")
    embedding_run.after_transcript(video)
    embedding_run.look()
    assert begun == [True, True]


def test_its_thread_does_what_waits(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one")
    embedding_run.start()
    thread = embedding_run._thread
    assert thread is not None
    thread.join(20)
    assert vectors() == 1
    assert embedding_run._thread is None


def test_nothing_is_done_where_no_model_is_set(alice: User) -> None:
    make_video(alice, "one")
    embedding_run.start()
    assert embedding_run._thread is None
    assert embedding_run.work() is None
    assert embedding_run.look() is False


def test_a_call_that_a_dead_command_left_open_is_settled(alice: User) -> None:
    old = timezone.now() - timedelta(hours=1)
    for at in (old, timezone.now()):
        TokenUsage.objects.create(
            user=alice,
            purpose="embedding",
            provider="den",
            model=MODEL,
            at=at,
            input=5,
            counts_source="estimated",
        )
    assert [finding.check for finding in doctor.examine()] == ["no open call of a dead process"]
    embedding_run.look()
    assert list(TokenUsage.objects.open().values_list("at", flat=True)) != [old]
    settled = TokenUsage.objects.get(settled_at__isnull=False)
    assert (settled.at, settled.error_type, settled.input) == (old, "interrupted", 5)
    assert doctor.examine() == []


def test_the_command(upstream: Upstream, alice: User) -> None:
    make_video(alice, "one", "two")
    said = StringIO()
    call_command("embed_passages", stdout=said)
    assert "2 passages wait for a vector by den/tiny." in said.getvalue()
    assert "2 passages were embedded in 1 calls." in said.getvalue()
    call_command("embed_passages", stdout=StringIO())
    assert len(upstream.embeddings.asked) == 1
    call_command("embed_passages", again=True, stdout=StringIO())
    assert len(upstream.embeddings.asked) == 2
    upstream.embeddings.refusals.append(Refuse(401, "invalid_api_key", "No."))
    with pytest.raises(CommandError, match="It stopped: The key was refused"):
        call_command("embed_passages", again=True, stdout=StringIO())


def test_the_command_says_that_no_model_is_set() -> None:
    with pytest.raises(CommandError, match="EMBEDDING_MODEL is empty"):
        call_command("embed_passages")
