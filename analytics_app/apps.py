from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics_app"
    verbose_name = "Analytics"

    def ready(self) -> None:
        from analytics_app.actions import budgets

        budgets.connect()
