"""Pages of the workspace."""

from __future__ import annotations

from django.urls import path

from .views import messages, search, tokens, tools, workspace

urlpatterns = [
    path("", workspace.home, name="home"),
    path("sessions/", workspace.sessions, name="sessions"),
    path("sessions/<uuid:pk>/", workspace.show, name="session"),
    path("sessions/<uuid:pk>/settings/", workspace.change, name="session_settings"),
    path("sessions/<uuid:pk>/messages/", messages.send, name="send"),
    path("sessions/<uuid:pk>/stop/", messages.stop, name="stop"),
    path("sessions/<uuid:pk>/messages/<uuid:message>/retry/", messages.retry, name="retry"),
    path("sessions/<uuid:pk>/messages/<uuid:message>/continue/", messages.go_on, name="continue"),
    path("sessions/<uuid:pk>/messages/<uuid:message>/regenerate/", messages.regenerate, name="regenerate"),
    path("sessions/<uuid:pk>/messages/<uuid:message>/approve/", messages.approve, name="approve"),
    path("sessions/<uuid:pk>/pending/<uuid:pending>/edit/", messages.edit_pending, name="pending_edit"),
    path("sessions/<uuid:pk>/pending/<uuid:pending>/send/", messages.send_pending, name="pending_send"),
    path("sessions/<uuid:pk>/pending/<uuid:pending>/remove/", messages.remove_pending, name="pending_remove"),
    path("accounts/tools/", tools.show, name="tools"),
    path("accounts/tools/ask/", tools.ask_again, name="tool_ask_again"),
    path("search/", search.search, name="search"),
    path("accounts/tokens/", tokens.show, name="tokens"),
    path("accounts/tokens/<str:key>/revoke/", tokens.revoke, name="token_revoke"),
]
