from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Chats"

    def ready(self) -> None:
        from .actions import searching
        from .realtime import logins

        logins.connect()
        searching.connect()
