"""The description of the API and its page: `/api/schema` (YAML, or JSON with `?format=json`), `/api/docs`."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Schema(SpectacularAPIView):
    schema = None


class Documents(SpectacularSwaggerSplitView):
    schema = None
    url_name = "api_schema"
