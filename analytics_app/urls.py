"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from sessions_app.api.urls import both

from .api.figures import Figures
from .views import csv, dashboard

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/csv/", csv.dashboard, name="dashboard_csv"),
    path("dashboard/csv/<slug:key>/", csv.panel, name="panel_csv"),
    *both("api/chat/analytics", Figures.as_view(), "analytics"),
]
