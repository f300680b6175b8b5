"""Operations of the API about figures. Each is served with and without a slash at its end."""

from __future__ import annotations

from sessions_app.api.urls import both

from . import figures, health, session

urlpatterns = [
    *both("chat/analytics", figures.Figures.as_view(), "analytics"),
    *both("chat/health", health.Health.as_view(), "health"),
    *both("chat/sessions/<uuid:pk>/analytics", session.SessionAnalytics.as_view(), "session_analytics"),
]
