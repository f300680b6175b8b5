import sessions_app.models.fields
from django.db import migrations, models


def give_ids(apps, schema_editor):
    ApiToken = apps.get_model("sessions_app", "ApiToken")
    for token in ApiToken.objects.filter(public_id__isnull=True).only("pk").iterator():
        ApiToken.objects.filter(pk=token.pk).update(public_id=sessions_app.models.fields.uuid7())


class Migration(migrations.Migration):

    dependencies = [
        ('sessions_app', '0019_idempotency_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='public_id',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop, elidable=True),
    ]
