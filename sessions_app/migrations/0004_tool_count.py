from django.db import migrations, models


def count(apps, schema_editor):
    """Chats that are there already get their count."""
    calls = apps.get_model("sessions_app", "ToolCall").objects
    chats = apps.get_model("sessions_app", "ChatSession").objects
    found = calls.values_list("message__session").annotate(made=models.Count("pk")).order_by()
    for chat, made in found.iterator():
        chats.filter(pk=chat).update(tool_count=made)


class Migration(migrations.Migration):

    dependencies = [
        ('sessions_app', '0003_reply_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='chatsession',
            name='tool_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
