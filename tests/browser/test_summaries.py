"""The summary of earlier messages on the page: opened, changed and forgotten."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.context_scenes import GIST, talk
from tests.browser.workspace import Workspace
from tests.upstream import Upstream

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


def test_it_is_read_changed_and_forgotten_in_its_place(workspace: Workspace, upstream: Upstream) -> None:
    upstream.set_summary({"name": "words", "text": GIST})
    talk(workspace, "Earlier messages were summarised.")
    fold = workspace.page.locator(".context-fold")
    expect(fold.get_by_text("Dyneema, 10 mm")).to_be_hidden()
    fold.locator("summary").press("Enter")
    expect(fold.get_by_text("Dyneema, 10 mm")).to_be_visible()
    fold.get_by_role("button", name="Change").click()
    dialog = workspace.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Summary").fill("Polyester everywhere.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(fold.get_by_text("Polyester everywhere.")).to_be_visible()  # it stays open
    expect(fold.get_by_text("edited")).to_be_visible()
    fold.get_by_role("button", name="Change").click()
    dialog.get_by_role("button", name="Forget the summary").click()
    expect(fold).to_have_count(0)
