import analytics_app.models.activity
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics_app', '0001_daily_usage'),
        ('sessions_app', '0006_marks_and_presence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='judgement', serialize=False, to='sessions_app.message')),
                ('sentiment', models.FloatField()),
                ('topics', models.JSONField(decoder=analytics_app.models.activity.QuickDecoder, default=list)),
            ],
        ),
        migrations.CreateModel(
            name='DailyActivity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('zone', models.CharField(help_text='IANA name of the time zone the day belongs to.', max_length=64)),
                ('day', models.DateField()),
                ('scope', models.CharField(choices=[('everyone', 'Everyone'), ('person', 'One person')], max_length=8)),
                ('sessions', models.PositiveIntegerField(help_text='Sessions with a message of this day.')),
                ('facts', models.JSONField(decoder=analytics_app.models.activity.QuickDecoder, default=dict)),
                ('authors', models.JSONField(decoder=analytics_app.models.activity.QuickDecoder, default=dict)),
                ('terms', models.JSONField(decoder=analytics_app.models.activity.QuickDecoder, default=dict)),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='daily_activity', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'daily activity',
                'ordering': ('zone', 'day'),
                'indexes': [models.Index(fields=['scope', 'zone', 'day'], name='activity_scope_zone_day')],
                'constraints': [models.UniqueConstraint(fields=('user', 'zone', 'day'), name='one_active_day_a_person'), models.UniqueConstraint(condition=models.Q(('scope', 'everyone')), fields=('zone', 'day'), name='one_active_day_of_everyone')],
            },
        ),
    ]
