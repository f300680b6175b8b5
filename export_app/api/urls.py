"""Operations of the API about what leaves and enters. Each is served with and without a slash at its end."""

from __future__ import annotations

from sessions_app.api.urls import both

from . import files, imports, jobs, shares

urlpatterns = [
    *both("chat/formats", files.Formats.as_view(), "formats"),
    *both(
        "chat/sessions/<uuid:pk>/export", files.until_left(files.SessionExport.as_view()), "session_export"
    ),
    *both("chat/export/bulk", jobs.BulkExport.as_view(), "bulk_export"),
    *both("chat/export/jobs", jobs.Jobs.as_view(), "exports"),
    *both("chat/export/jobs/<uuid:pk>", jobs.Job.as_view(), "export"),
    *both("chat/export/jobs/<uuid:pk>/download", jobs.Download.as_view(), "export_download"),
    *both("chat/export/jobs/<uuid:pk>/cancel", jobs.Cancel.as_view(), "export_cancel"),
    *both("chat/export/jobs/<uuid:pk>/again", jobs.Again.as_view(), "export_again"),
    *both("chat/export/<uuid:pk>", files.until_left(files.SessionFile.as_view()), "export_file"),
    *both("chat/import", imports.Imports.as_view(), "imports"),
    *both("chat/import/pieces", imports.LargeImport.as_view(), "import_begin"),
    *both("chat/import/<uuid:pk>", imports.Import.as_view(), "import"),
    *both("chat/import/<uuid:pk>/pieces", imports.Pieces.as_view(), "import_pieces"),
    *both("chat/import/<uuid:pk>/choose", imports.Choose.as_view(), "import_choose"),
    *both("chat/import/<uuid:pk>/cancel", imports.CancelImport.as_view(), "import_cancel"),
    *both("chat/sessions/<uuid:pk>/share", shares.SessionShare.as_view(), "session_share"),
    *both("chat/sessions/<uuid:pk>/shares", shares.SessionShares.as_view(), "session_shares"),
    *both("chat/shares", shares.Shares.as_view(), "shares"),
    *both("chat/shares/<uuid:pk>", shares.Share.as_view(), "share"),
]
