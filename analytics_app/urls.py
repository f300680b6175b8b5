"""Pages of figures."""

from __future__ import annotations

from django.urls import path

from .views import boards, dashboard

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/panels/<slug:key>/", dashboard.one_panel, name="dashboard_panel"),
    path("dashboard/boards/", boards.boards, name="boards"),
    path("dashboard/boards/new/", boards.new, name="board_new"),
    path("dashboard/boards/<uuid:pk>/", boards.board, name="board"),
    path("dashboard/boards/<uuid:pk>/edit/", boards.edit, name="board_edit"),
    path("dashboard/boards/<uuid:pk>/delete/", boards.delete, name="board_delete"),
]
