from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sessions_app", "0026_activity")]

    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="pluginstate", options={"ordering": ("name",), "verbose_name": "plugin"}
        ),
        migrations.AddField(
            model_name="pluginstate",
            name="asked",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="When its sources of activity were, and answered.",
            ),
        ),
        migrations.AddField(
            model_name="pluginchoice",
            name="secrets_sealed",
            field=models.TextField(blank=True, editable=False),
        ),
    ]
