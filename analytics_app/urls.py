"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from .views import dashboard, health

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/health/", health.show, name="health_page"),
]
