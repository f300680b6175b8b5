"""From a conversation to its figures, and on to the rows behind them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


def test_from_the_details_to_the_rows_behind_a_session(workspace: Workspace) -> None:
    page = workspace.page
    workspace.ask("How long does this take?")
    page.get_by_role("complementary", name="Session details").get_by_role("link", name="Analytics").click()
    lanes = page.get_by_role("region", name="Answers in time")
    expect(lanes.get_by_role("link", name="How long does this take?")).to_be_visible()
    expect(lanes.get_by_role("img").first).to_have_accessible_name(
        re.compile("Model|Waiting for the first token")
    )
    lanes.get_by_text("As a table").press("Enter")
    expect(lanes.get_by_role("table")).to_contain_text("Model")
    expect_no_violations(workspace)
    page.get_by_role("link", name="Model calls").click()
    table = page.get_by_role("table", name="Model calls")
    expect(table.get_by_role("cell", name="Reply", exact=True)).to_have_count(1)
    page.get_by_role("combobox", name="For").select_option("Title")
    page.get_by_role("button", name="Show").click()
    expect(table.get_by_role("cell", name="Reply", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Remove the filter For: Title").click()
    expect(table.get_by_role("cell", name="Reply", exact=True)).to_have_count(1)
    expect_no_violations(workspace)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert text.startswith("at,model,purpose,")
    assert ",Reply," in text
