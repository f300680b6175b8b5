"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from .views import dashboard, plan

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("accounts/plan/", plan.plan, name="plan"),
    path("accounts/plan/limits/", plan.limits, name="limits"),
    path("sessions/<uuid:pk>/limit/", plan.session_limit, name="session_limit"),
]
