from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("export_app", "0001_first")]

    operations = [
        migrations.AddField(
            model_name="importjob",
            name="within",
            field=models.PositiveIntegerField(
                default=0, help_text="Messages that are stored of the session it is at; none of a short one."
            ),
        ),
        migrations.AddField(
            model_name="importedsession",
            name="adding_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Something is being added that nobody sees yet, or an end left it behind.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="importedsession",
            index=models.Index(
                condition=Q(adding_since__isnull=False), fields=["adding_since"], name="imported_adding"
            ),
        ),
    ]
