"""Operations of the API about figures, and what counts them. Each is served with and without a slash at its end."""

from __future__ import annotations

from sessions_app.api.urls import both

from . import figures, health, limits, me, prices, rows, session

urlpatterns = [
    *both("chat/analytics", figures.Figures.as_view(), "analytics"),
    *both("chat/analytics/rows", rows.Rows.as_view(), "rows"),
    *both("chat/analytics/prices", prices.Prices.as_view(), "prices"),
    *both("chat/limits", limits.Limits.as_view(), "limits"),
    *both("chat/sessions/<uuid:pk>/limit", limits.SessionLimit.as_view(), "session_limit"),
    *both("chat/me", me.Me.as_view(), "me"),
    *both("chat/health", health.Health.as_view(), "health"),
    *both("chat/sessions/<uuid:pk>/analytics", session.SessionAnalytics.as_view(), "session_analytics"),
]
