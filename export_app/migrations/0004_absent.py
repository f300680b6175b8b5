from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("export_app", "0001_first")]

    operations = [
        migrations.AddField(
            model_name="exportjob",
            name="absent",
            field=models.JSONField(default=list),
        ),
    ]
