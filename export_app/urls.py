"""Pages of what leaves and enters."""

from __future__ import annotations

from .views import exporting, gallery, importing, jobs, reading, schema, sharing

urlpatterns = [
    *exporting.urls,
    *schema.urls,
    *jobs.urls,
    *importing.urls,
    *sharing.urls,
    *reading.urls,
    *gallery.urls,
]
