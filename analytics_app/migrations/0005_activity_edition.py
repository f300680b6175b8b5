from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Days that are there are of the first edition: they are made again, with what is kept of tools since."""

    dependencies = [("analytics_app", "0004_budgets")]

    operations = [
        migrations.AddField(
            "dailyactivity",
            "edition",
            models.PositiveSmallIntegerField(
                default=1,
                help_text="What is kept of a day; another edition than the newest is read as if it were not there.",
            ),
        ),
    ]
