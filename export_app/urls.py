"""Pages of what leaves and enters."""

from __future__ import annotations

from .views import exporting, importing, jobs, sharing

urlpatterns = [*exporting.urls, *jobs.urls, *importing.urls, *sharing.urls]
