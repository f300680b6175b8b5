"""Pages of figures, their files, and the same figures for programs."""

from __future__ import annotations

from django.urls import path

from sessions_app.api.urls import both

from .api.figures import Figures
from .views import boards, csv, dashboard

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/csv/", csv.dashboard, name="dashboard_csv"),
    path("dashboard/csv/<slug:key>/", csv.panel, name="panel_csv"),
    path("dashboard/panels/<slug:key>/", dashboard.one_panel, name="dashboard_panel"),
    path("dashboard/boards/", boards.boards, name="boards"),
    path("dashboard/boards/new/", boards.new, name="board_new"),
    path("dashboard/boards/<uuid:pk>/", boards.board, name="board"),
    path("dashboard/boards/<uuid:pk>/edit/", boards.edit, name="board_edit"),
    path("dashboard/boards/<uuid:pk>/delete/", boards.delete, name="board_delete"),
    *both("api/chat/analytics", Figures.as_view(), "analytics"),
]
