"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from .api import session
from .views import dashboard, plan, prices, rows, session_analytics

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/rows/<slug:kind>/", rows.rows, name="rows"),
    path("dashboard/prices/", prices.prices, name="prices"),
    path("sessions/<uuid:pk>/analytics/", session_analytics.session_analytics, name="session_analytics"),
    path("accounts/plan/", plan.plan, name="plan"),
    path("accounts/plan/limits/", plan.limits, name="limits"),
    path("sessions/<uuid:pk>/limit/", plan.session_limit, name="session_limit"),
    *session.urlpatterns,
]
