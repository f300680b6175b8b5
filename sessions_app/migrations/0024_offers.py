from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0023_more_minds")]

    operations = [
        migrations.AlterModelOptions(
            name="modeloffer",
            options={
                "ordering": ("position", "provider", "model"),
                "verbose_name": "offered model",
                "verbose_name_plural": "models",
            },
        ),
    ]
