from types import SimpleNamespace
from uuid import UUID

from django.db import migrations, transaction

from sessions_app.search import index
from sessions_app.search.content import searched

BATCH = 1000
UNFINISHED = ("queued", "running", "waiting")


def fill(apps, schema_editor):
    """Messages that are there already become findable: some 5,000 a second, each batch by itself, so that one that
    was broken off goes on where it ended."""
    messages = apps.get_model("sessions_app", "Message").objects.filter(deleted_at=None, search_entry=None)
    messages = messages.exclude(reply__status__in=UNFINISHED).select_related("session").order_by("pk")
    messages = messages.only("role", "content", "model", "created_at", "session__owner")
    last = UUID(int=0)
    while batch := list(messages.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            results = results_of(apps, batch)
            for message in batch:
                add(message, results.get(message.pk, []))
        last = batch[-1].pk


def results_of(apps, batch):
    calls = apps.get_model("sessions_app", "ToolCall").objects.filter(message__in=batch, status="success")
    found = {}
    for message, result in calls.order_by("pk").values_list("message", "result"):
        found.setdefault(message, []).append(result)
    return found


def add(message, results):
    text, told = searched(message.content, results)
    answer = message.role == "assistant"
    entry = SimpleNamespace(
        message_id=message.pk, session_id=message.session_id, owner_id=message.session.owner_id,
        role=message.role, model=message.model, at=message.created_at, told=told, text=text,
    )
    for missed in range(index.MISSES if text else 0):
        entry.id = entry.pk = index.new_key(message.created_at, answer, missed)
        if index.add(entry):
            return


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("sessions_app", "0008_search"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
