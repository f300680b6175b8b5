import django.db.models.deletion
import sessions_app.models.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sessions_app', '0005_approvals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.UUIDField(default=sessions_app.models.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('reaction', 'Reaction'), ('annotation', 'Annotation'), ('rating', 'Rating')], max_length=10)),
                ('value', models.SmallIntegerField(blank=True, null=True)),
                ('comment', models.CharField(blank=True, max_length=1000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name='runnerprocess',
            name='people',
            field=models.JSONField(blank=True, default=list, help_text='Keys of the people who have a page open here.'),
        ),
        migrations.AddIndex(
            model_name='chatsession',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['-last_activity_at'], name='chat_activity'),
        ),
        migrations.AddIndex(
            model_name='chatsession',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['created_at'], name='chat_by_start'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['created_at', 'session'], name='message_by_time'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['session', 'created_at'], name='message_of_session_by_time'),
        ),
        migrations.AddIndex(
            model_name='reply',
            index=models.Index(fields=['finished_at'], name='reply_by_end'),
        ),
        migrations.AddIndex(
            model_name='reply',
            index=models.Index(fields=['session', 'finished_at'], name='reply_of_session_by_end'),
        ),
        migrations.AddField(
            model_name='mark',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='sessions_app.message'),
        ),
        migrations.AddField(
            model_name='mark',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='mark',
            index=models.Index(fields=['kind', 'created_at'], name='mark_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'rating')), fields=('message', 'user'), name='one_rating_a_person'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'rating'), _negated=True), ('value__in', [-1, 1]), _connector='OR'), name='rating_is_good_or_bad'),
        ),
    ]
