"""Pictures of transcripts: versions, a refused one, one that is being indexed, and many videos at once."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1280, 1000), (768, 1000), (360, 1100))


def transcripts(camera: Camera) -> None:
    key = camera.server.run("tests.browser.transcript_rows").strip()
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open(f"/videos/{key}/transcripts/")
        camera.shoot("transcripts", tab, SIZES, whole=True)
        tab.page.get_by_label("Or paste it").fill("Anna: Welcome.\nBob: Thank you.")
        tab.button("Save as a new version").click()
        expect(tab.page.get_by_role("alert")).to_contain_text("Line 1")
        camera.shoot("transcript-refused", tab, SIZES)
        tab.page.get_by_label("File", exact=True).set_input_files(long())
        tab.button("Save as a new version").click()
        expect(tab.page.locator("#transcript-state")).to_contain_text("is being indexed")
        camera.shoot("transcript-indexed", tab, ((1280, 1000),))
        tab.open("/videos/import/")
        camera.shoot("videos-import", tab, SIZES)
        tab.page.get_by_label("A ZIP file, or several files").set_input_files(archive())
        tab.button("Import").click()
        expect(tab.page.get_by_role("status").filter(has_text="videos were made")).to_be_visible()
        camera.shoot("videos-imported", tab, SIZES)


def long(sentences: int = 90_000) -> Any:
    """A transcript that is indexed in the background."""
    text = "\n".join(
        f"{at // 60}:{at % 60:02d} This is sentence {at} of a very long talk about tea."
        for at in range(sentences)
    )
    return {"name": "very-long.txt", "mimeType": "text/plain", "buffer": text.encode()}


def archive() -> Any:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w") as packed:
        for at in range(4):
            packed.writestr(f"course/lesson_{at}.en.vtt", f"WEBVTT\n\n00:0{at}.000 --> 00:09.000\nTea {at}\n")
        packed.writestr("course/lesson_4.srt", "no times in here")
        packed.writestr("course/notes.docx", "x")
    return {"name": "course.zip", "mimeType": "application/zip", "buffer": place.getvalue()}


SCENES = (transcripts,)
