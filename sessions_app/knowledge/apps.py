from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "sessions_app.knowledge"
    label = "knowledge"
    verbose_name = "Videos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import embedding_run
        from .actions import indexing

        indexing.AFTER.append(embedding_run.after_transcript)
