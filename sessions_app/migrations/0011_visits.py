from django.db import migrations
from django.utils import timezone


def seen(apps, schema_editor):
    """What is there already counts as read."""
    chats = apps.get_model("sessions_app", "ChatSession").objects.order_by("pk").values_list("pk", "owner")
    visit, now = apps.get_model("sessions_app", "Visit"), timezone.now()
    made = (visit(session_id=chat, user_id=owner, at=now) for chat, owner in chats.iterator(2000))
    visit.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0010_workspace"),
    ]

    operations = [
        migrations.RunPython(seen, migrations.RunPython.noop, elidable=True),
    ]
