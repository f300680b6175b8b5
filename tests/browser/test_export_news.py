"""Exports in the background, as a person uses them: chosen in the list, begun, and told of when they are ready."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_session_list import named, row
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser


BEGIN = """async () => {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const body = new URLSearchParams({ which: "all", format: "markdown" });
  await fetch("/exports/new/", { method: "POST", headers, body, redirect: "manual" });
  document.body.dispatchEvent(new CustomEvent("export-begun"));
}"""


def select(tab: Workspace, *titles: str) -> None:
    tab.button("Filter sessions").click()
    tab.button("Select").click()
    for title in titles:
        row(tab, title).click()


def test_selected_sessions_are_exported_and_the_workspace_says_when_it_is_ready(
    workspace: Workspace, tmp_path: Path
) -> None:
    tab = workspace
    named(tab, "Harbour")
    named(tab, "Ferry")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    select(tab, "Harbour", "Ferry")
    bar = tab.page.get_by_role("form", name="Selected sessions")
    bar.get_by_role("link", name="Export", exact=True).click()
    expect(tab.page.locator("#export-sum")).to_have_text("2 sessions, 0 messages")
    tab.page.get_by_role("checkbox", name="JSON").check()
    assert not [url for url in asked if "/exports/news/" in url]
    tab.button("Export").click()
    job = tab.page.get_by_role("listitem").filter(has_text="2 sessions as Markdown, JSON")
    expect(job).to_be_visible()
    with tab.page.expect_download() as download:
        job.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "file.zip")
    assert set(zipfile.ZipFile(tmp_path / "file.zip").namelist()) == {
        *("markdown/harbour.md", "markdown/ferry.md", "json/harbour.json", "json/ferry.json"),
        "contents.csv",
    }
    tab.open("/exports/")  # which has told of it
    tab.open("/shares/")
    begin(tab)
    toast = tab.page.locator(".toast")
    expect(toast).to_contain_text("sessions as Markdown")
    toast.get_by_role("link", name="Download").wait_for()
    tab.open("/exports/")
    begun = tab.page.get_by_role("listitem").filter(has_text="sessions as Markdown")
    expect(begun).to_have_count(2)
    begun.first.get_by_role("button", name="Remove").click()
    expect(toast).to_contain_text("Removed: ")
    expect(job.locator("p").first).to_be_focused()


def begin(tab: Workspace) -> None:
    """An export of all sessions, as the commands and dialogs begin one: on a page that has no list of them."""
    tab.page.evaluate(BEGIN)
