"""Pages of figures, their files, and what limits them."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from .views import boards, csv, dashboard, health, plan, prices, rows, session_analytics


def _of_videos() -> list[URLPattern]:
    """Figures of creators, where the workspace has videos: their tables are there then alone."""
    from .views import videos

    return [
        path("videos/figures/", videos.figures, name="video_figures"),
        path("videos/figures/csv/<slug:key>/", videos.one_file, name="video_figures_csv"),
    ]


urlpatterns = [
    *(_of_videos() if settings.KNOWLEDGE else []),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/csv/", csv.dashboard, name="dashboard_csv"),
    path("dashboard/csv/<slug:key>/", csv.panel, name="panel_csv"),
    path("dashboard/panels/<slug:key>/", dashboard.one_panel, name="dashboard_panel"),
    path("dashboard/boards/", boards.boards, name="boards"),
    path("dashboard/boards/new/", boards.new, name="board_new"),
    path("dashboard/boards/<uuid:pk>/", boards.board, name="board"),
    path("dashboard/boards/<uuid:pk>/edit/", boards.edit, name="board_edit"),
    path("dashboard/boards/<uuid:pk>/delete/", boards.delete, name="board_delete"),
    path("dashboard/rows/<slug:kind>/", rows.rows, name="rows"),
    path("dashboard/prices/", prices.prices, name="prices"),
    path("dashboard/health/", health.show, name="health_page"),
    path("sessions/<uuid:pk>/analytics/", session_analytics.session_analytics, name="session_analytics"),
    path("sessions/<uuid:pk>/limit/", plan.session_limit, name="session_limit"),
    path("accounts/plan/", plan.plan, name="plan"),
    path("accounts/plan/limits/", plan.limits, name="limits"),
]
