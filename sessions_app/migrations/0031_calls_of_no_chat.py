from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("sessions_app", "0030_knowledge"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tokenusage",
            name="session_key",
            field=models.UUIDField(blank=True, help_text="Stays when the chat is gone; empty for a call of no chat.", null=True),
        ),
    ]
