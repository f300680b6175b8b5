"""Where everything is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

from sessions_app.api.hooks import Hook
from sessions_app.api.urls import Unknown, both

from . import description, health


class Favicon(RedirectView):
    """Pages that name no icon (the admin's) are asked for this address."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static("icons/favicon.svg")


handler400 = "chatproject.failures.bad_request"
handler403 = "chatproject.failures.permission_denied"
handler404 = "chatproject.failures.not_found"
handler500 = "chatproject.failures.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path(
        "robots.txt",
        TemplateView.as_view(template_name="robots.txt", content_type="text/plain"),
        name="robots",
    ),
    path("favicon.ico", Favicon.as_view(), name="favicon"),
    path("", include("analytics_app.urls")),
    path("", include("export_app.urls")),
    *([path("", include("sessions_app.knowledge.urls"))] if settings.KNOWLEDGE else []),
    path("", include("sessions_app.urls")),
    path("api", Unknown.as_view()),
    path("api/schema", description.Schema.as_view(), name="api_schema"),
    path("api/docs", description.documents, name="api_docs"),
    path("api/", include("export_app.api.urls")),
    path("api/", include("analytics_app.api.urls")),
    *([path("api/", include("sessions_app.knowledge.api.urls"))] if settings.KNOWLEDGE else []),
    path("api/", include("sessions_app.api.urls")),
    path("", include("sessions_app.api.thread_urls")),
    *both("hooks/<uuid:pk>", Hook.as_view(), "hook"),
    path("hooks/<path:rest>", Unknown.as_view()),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
