from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics_app"
    verbose_name = "Analytics"
