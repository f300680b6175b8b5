"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from .views import csv, dashboard, health

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/csv/", csv.dashboard, name="dashboard_csv"),
    path("dashboard/csv/<slug:key>/", csv.panel, name="panel_csv"),
    path("dashboard/health/", health.show, name="health_page"),
]
