"""`python -m tests.browser.job_rows`: exports of a newcomer in every state, and sessions to export."""

from __future__ import annotations

from datetime import timedelta

import django

LEFT_OUT = [
    "“Migration plan for search index” as PDF: The file took longer than 120 s to make.",
    "2 of the sessions could not be read any more when their turn came.",
]


def main() -> None:
    django.setup()
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult, get_date_max

    from export_app.models import ExportJob
    from sessions_app.models import ChatSession, User

    person = User.objects.get(username="newcomer")
    now = timezone.now()
    for number, title in enumerate(("Weekly cost review", "Release notes 2.4", "Retry policy for webhooks")):
        ChatSession.objects.create(
            owner=person,
            title=title,
            model="offline",
            provider="offline",
            message_count=14 + 90 * number,
            starred=not number,
        )
    rows = (
        {"status": "expired", "title": "“Release notes 2.4” as Word", "created_at": now - timedelta(days=12)},
        {
            "status": "failed",
            "title": "“Migration plan for search index” as PDF",
            "error": "There is no room left on the server's disk. Nothing of this export is kept; begin it again when there is.",
            "created_at": now - timedelta(days=1),
        },
        {
            "status": "done",
            "title": "214 sessions as Markdown, PDF",
            "size": 48_312_004,
            "left_out": LEFT_OUT,
            "expires_at": now + timedelta(days=7),
            "created_at": now - timedelta(minutes=40),
        },
        {"status": "queued", "title": "“Weekly cost review” as PDF", "created_at": now},
        {
            "status": "running",
            "title": "1,240 sessions as Markdown, JSON, PDF",
            "total": 25_230,
            "done": 9_412,
            "doing": "“Retry policy for webhooks” as PDF, 463 of 1,240",
            "beat_at": now + timedelta(hours=1),
            "created_at": now - timedelta(minutes=2),
        },
    )
    for values in rows:
        job = ExportJob.objects.create(owner=person, told_at=now, **values)
        if job.unfinished:  # somebody else works on it
            DBTaskResult.objects.create(
                args_kwargs={"args": ["export", str(job.pk)], "kwargs": {}},
                task_path="export_app.jobs.do",
                status="RUNNING",
                started_at=now + timedelta(hours=1),
                worker_ids=["elsewhere"],
                backend_name="default",
                run_after=get_date_max(),
            )


if __name__ == "__main__":
    main()
