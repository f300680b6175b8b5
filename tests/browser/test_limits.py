"""A session's cost limit: set by its owner, told when it is nearly used up, and refusing what comes after."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_details import details_of, field
from tests.browser.workspace import Workspace

pytestmark = pytest.mark.browser
NEARLY = Decimal("0.94")  # of a limit: the next answer, mostly from the cache, costs a tenth of the first


def cost_of(tab: Workspace) -> Decimal:
    """USD of the session with its title so far, as its details say."""
    expect(tab.page.get_by_role("heading", name="A plain title")).to_be_visible()
    cost = details_of(tab).locator("dt", has_text="Cost").locator("xpath=following-sibling::dd[1]")
    expect(cost).to_contain_text("$0.")
    return Decimal(cost.inner_text().strip().removeprefix("$"))


def limit_to(tab: Workspace, money: Decimal) -> None:
    field(tab, "Cost limit, USD").fill(f"{money:.4f}")
    field(tab, "Cost limit, USD").press("Tab")
    expect(details_of(tab).locator("#settings-state")).to_have_text("Saved")


@pytest.mark.thorough
def test_a_limit_warns_then_refuses_and_keeps_the_draft(open_page: OpenPage) -> None:
    tab = open_page(requests_may_fail=True).new_session()
    notice = tab.page.locator("limit-notice")
    tab.ask("Begin.")
    limit_to(tab, cost_of(tab) / NEARLY)
    expect(notice).to_contain_text("of this session's cost limit of")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    tab.page.reload()
    tab.expect_live()
    expect(notice).to_be_attached()
    expect(notice).to_be_hidden()
    tab.ask("Go on.")  # something was left
    expect(notice).to_contain_text("is used up. You can raise it in the settings of this session.")
    tab.send("One more thing")
    refused = tab.page.locator("#composer-notice")
    expect(refused).to_contain_text(
        "is used up. You can raise it in the settings of this session. Your draft is kept."
    )
    expect(tab.box).to_have_value("One more thing")
    expect(refused.get_by_role("link", name="See limits")).to_be_visible()
    limit_to(tab, Decimal(5))
    expect(tab.page.locator("limit-refusal")).to_have_count(0)
    tab.box.press("Enter")
    expect(tab.questions.last).to_contain_text("One more thing")
    tab.expect_status("complete")
    expect(notice).to_have_count(0)


@pytest.mark.thorough
def test_a_limit_a_minute_counts_down_and_goes(open_page: OpenPage) -> None:
    tab = open_page().new_session()
    tab.page.clock.install()
    tab.page.evaluate(
        """() => { document.getElementById("composer-notice").innerHTML = `<limit-refusal data-kind="rate_limited"
        data-left="3"><p><span aria-live="off">You can send again in 3\\u00a0s. Your draft is kept.</span></p></limit-refusal>`; }"""
    )
    refusal = tab.page.locator("limit-refusal")
    tab.page.clock.run_for(1000)
    expect(refusal).to_have_text("You can send again in 2\u00a0s. Your draft is kept.")
    tab.page.clock.run_for(2000)
    expect(refusal).to_have_count(0)
