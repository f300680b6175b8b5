from django.apps import AppConfig


class ExportConfig(AppConfig):
    name = "export_app"
    verbose_name = "Exports"
