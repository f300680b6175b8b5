"""What leaves and enters: files of sessions, exports in the background, imports, links."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from export_app.actions.sharing import Terms, share_session
from export_app.bulk import keeping
from export_app.importers import uploads
from export_app.models import ExportJob, ImportItem, ImportJob
from sessions_app.models import ChatSession, User

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    """An export that is done, an import that waits for a choice, a file that is being received, a link."""
    job = ExportJob.objects.create(
        owner=alice, title="Alices export", status="done", formats=["markdown"], sessions=[str(chat.pk)]
    )
    (keeping.folder(job.pk) / keeping.WHOLE).write_bytes(b"Alices file")
    ExportJob.objects.filter(pk=job.pk).update(stored=keeping.stored_name(job.pk), media_type="text/markdown")
    brought = ImportJob.objects.create(owner=alice, name="Alices import", status="ready")
    ImportItem.objects.create(job=brought, position=0, key="1", title="Alices talk")
    coming = ImportJob.objects.create(
        owner=alice, name="Alices file", status="receiving", stored=uploads.begin(), size=9
    )
    shared, _token = share_session(chat=chat, owner=alice, snapshot=False, terms=Terms(title="Alices link"))
    return {
        "export": str(job.pk),
        "import": str(brought.pk),
        "coming": str(coming.pk),
        "share": str(shared.pk),
    }


FILE = SimpleUploadedFile("conversations.json", b"[]")
LINES = {
    "list_formats": Line("GET", "chat/formats", 200, 200),
    "export_session": Line("POST", "chat/sessions/{chat}/export", 200, MISSING, body={"format": "text"}),
    "export_file": Line("GET", "chat/export/{chat}?format=markdown", 200, MISSING),
    "export_sessions": Line(
        "POST", "chat/export/bulk", 202, 422, body={"sessions": ["{chat}"], "formats": ["text"]}
    ),
    "list_exports": Line("GET", "chat/export/jobs", 200, 200),
    "get_export": Line("GET", "chat/export/jobs/{export}", 200, MISSING),
    "remove_export": Line("DELETE", "chat/export/jobs/{export}", 204, MISSING),
    "cancel_export": Line("POST", "chat/export/jobs/{export}/cancel", 200, MISSING, body={}),
    "repeat_export": Line("POST", "chat/export/jobs/{export}/again", 202, MISSING, body={}),
    "download_export": Line("GET", "chat/export/jobs/{export}/download", 200, MISSING),
    "list_imports": Line("GET", "chat/import", 200, 200),
    "import_file": Line("POST", "chat/import", 202, 202, form={"file": FILE}),
    "begin_import": Line("POST", "chat/import/pieces", 201, 201, body={"size": 5}),
    "send_piece": Line("POST", "chat/import/{coming}/pieces?at=0", 200, MISSING, body=b"Alice"),
    "get_import": Line("GET", "chat/import/{import}", 200, MISSING),
    "choose_import": Line("POST", "chat/import/{import}/choose", 202, MISSING, body={"states": ["new"]}),
    "cancel_import": Line("POST", "chat/import/{import}/cancel", 200, MISSING, body={}),
    "forget_import": Line("DELETE", "chat/import/{import}", 204, MISSING),
    "share_session": Line("POST", "chat/sessions/{chat}/share", 201, MISSING, body={}),
    "list_session_shares": Line("GET", "chat/sessions/{chat}/shares", 200, MISSING),
    "list_shares": Line("GET", "chat/shares", 200, 200),
    "get_share": Line("GET", "chat/shares/{share}", 200, MISSING),
    "change_share": Line("PATCH", "chat/shares/{share}", 200, MISSING, body={"title": "Mine"}),
    "revoke_share": Line("DELETE", "chat/shares/{share}", 204, MISSING),
}
