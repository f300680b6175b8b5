from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Chats"

    def ready(self) -> None:
        from .realtime import logins

        logins.connect()
