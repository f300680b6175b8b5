"""Pictures of what people do with conversations: a full workspace, comparing, the palette, lists, settings."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, expect

from tests.browser.server import serving
from tests.browser.test_limits import NEARLY, cost_of, limit_to
from tests.browser.test_marks import SELECT
from tests.browser.workspace import Workspace
from tests.files.making import pdf, picture

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

SIZES = ((1440, 900), (1024, 768), (390, 844))
FORMAL = """Unfortunately we could not deliver the event to your endpoint.

- The message names the address.
- It apologises for the delay.

```json
{"retry": true, "after": "soon"}
```

Contact support if this goes on."""
PLAIN = """We could not deliver this event to your endpoint.

- The message names the address.
- It says what is kept, and when we try again.

```json
{"retry": true, "after": 1800, "tries_left": 5}
```

Nothing is lost: the event stays in the outbox for 14 days."""


def question(tab: Workspace) -> Locator:
    return tab.questions.last


def full(camera: Camera) -> None:
    """Versions, tags, a file, typed commands, marks, the details of a session that is in use."""
    with camera.tab(camera.server.url, "alice") as tab, tempfile.TemporaryDirectory() as place:
        files = files_in(Path(place))
        camera.upstream.set_title({"name": "title", "text": "Words for a failed delivery"})
        camera.upstream.script({"name": "words", "text": FORMAL}, {"name": "words", "text": PLAIN})
        tab.new_session().ask("Write the notice people get when a delivery failed.")
        expect(tab.page.get_by_role("heading", name="Words for a failed delivery")).to_be_visible()
        tab.answer.get_by_role("button", name="Regenerate").click()
        expect(tab.body).to_contain_text("Nothing is lost")
        tab.expect_status("complete")
        with tab.page.expect_file_chooser() as chooser:
            tab.button("Attach files").click()
        chooser.value.set_files(files)
        for tag in ("wording", "webhooks"):
            add_tag(tab, tag)
        expect(tab.page.get_by_role("list", name="Attached files").get_by_role("link")).to_have_count(
            len(files)
        )
        camera.shoot("full-files", tab, SIZES)
        tab.box.press_sequentially("/c")
        expect(tab.page.get_by_role("option").first).to_be_visible()
        camera.shoot("full-commands", tab, SIZES)
        tab.box.fill("")
        tab.box.fill("And in German? The screenshot shows the old one.")
        tab.box.press("Enter")
        tab.expect_status("complete")
        camera.shoot("full-sent", tab, SIZES)
        tab.page.set_viewport_size({"width": 1440, "height": 900})
        tab.log.hover()
        tab.answer.get_by_role("button", name="More").click()
        expect(tab.page.locator("#message-menu")).to_be_visible()
        camera.shoot("full-menu", tab, SIZES)
        tab.page.keyboard.press("Escape")
        question(tab).hover()
        question(tab).get_by_role("button", name="Edit").click()
        camera.shoot("full-edit", tab, SIZES)
        tab.page.keyboard.press("Escape")
        for width in (1024, 390):
            tab.page.set_viewport_size({"width": width, "height": 844})
            tab.button("Session details").click()
            camera.shoot("details", tab, ((width, 844),))
            tab.page.keyboard.press("Escape")


def files_in(place: Path) -> list[str]:
    (place / "budget-november.csv").write_bytes(b"month,cost\n2026-11,23.9\n" * 400)
    (place / "old-notice.png").write_bytes(picture("PNG", (640, 400), colour="teal"))
    (place / "policy.pdf").write_bytes(pdf(3))
    (place / "deliver.py").write_text("def deliver(event):\n    return post(event)\n")
    return [str(path) for path in sorted(place.iterdir())]


def add_tag(tab: Workspace, tag: str) -> None:
    details = tab.page.get_by_role("complementary", name="Session details")
    field = details.get_by_role("textbox", name="New tag").or_(
        details.get_by_role("combobox", name="New tag")
    )
    if not field.is_visible():
        details.locator("#tag-add").click()
    field.fill(tag)
    field.press("Enter")
    expect(details.get_by_role("button", name=f"Remove the tag {tag}")).to_be_visible()


def marks(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.script({"name": "words", "text": PLAIN})
        tab.new_session().ask("Say it plainly.")
        tab.page.evaluate(SELECT, ["Nothing is", "14 days"])
        tab.answer.get_by_role("link", name="React or note").click()
        dialog = tab.page.get_by_role("dialog", name="Marks")
        expect(dialog).to_be_visible()
        dialog.get_by_role("textbox", name="Note", exact=True).fill("Is it 14 days for everyone?")
        camera.shoot("marks", tab, SIZES)
        dialog.get_by_role("button", name="Add note").click()
        tab.page.keyboard.press("Escape")
        tab.answer.get_by_role("button", name="Bad answer").click()
        camera.shoot("marks-reason", tab, SIZES)


def compare(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.script({"name": "words", "text": FORMAL}, {"name": "words", "text": PLAIN})
        tab.new_session().ask("Write the notice people get when a delivery failed.")
        first = tab.page.url
        tab.answer.get_by_role("button", name="Regenerate").click()
        expect(tab.body).to_contain_text("Nothing is lost")
        tab.expect_status("complete")
        tab.page.get_by_role("link", name="Compare", exact=True).click()
        expect(tab.page.get_by_role("heading", name="Compare")).to_be_visible()
        camera.shoot("compare", tab, SIZES)
        tab.page.goto(first)
        tab.expect_live()
        tab.answer.get_by_role("button", name="Branch").click()
        tab.page.wait_for_url(lambda url: url != first)
        tab.expect_live()
        tab.ask("Shorter, in one sentence.")
        branch = tab.chat_id
        camera.shoot("branched", tab, SIZES)
        tab.open("/compare/")
        camera.shoot("compare-choose", tab, SIZES)
        tab.open(f"/compare/?left={first.rstrip('/').rsplit('/', 1)[1]}&right={branch}")
        camera.shoot("compare-sessions", tab, SIZES)


def palette(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        tab.new_session().ask("Hello.")
        tab.page.keyboard.press("Control+k")
        expect(tab.page.get_by_role("combobox", name="Find anything")).to_be_focused()
        camera.shoot("palette-empty", tab, SIZES)
        tab.page.keyboard.type("retry")
        expect(tab.page.locator("#palette-typed")).to_have_attribute("data-typed", "retry")
        camera.shoot("palette", tab, SIZES)
        tab.page.keyboard.press("Escape")
        tab.page.keyboard.press("Escape")
        tab.log.focus()
        tab.page.keyboard.press("?")
        camera.shoot("shortcuts", tab, SIZES)


def lists(camera: Camera) -> None:
    camera.server.run("tests.browser.crowd")
    with camera.tab(camera.server.url, "visitor") as tab:
        camera.shoot("list-long", tab, SIZES)
        tab.page.set_viewport_size({"width": 1440, "height": 900})
        tab.button("Filter sessions").click()
        camera.shoot("list-filters", tab, SIZES[:1])
        tab.page.keyboard.press("Escape")
        tab.open("/sessions/")
        camera.shoot("sessions", tab, SIZES)


def pages(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/templates/")
        camera.shoot("templates-none", tab, SIZES)
        tab.open("/templates/new/")
        tab.page.get_by_label("Name").fill("Release notes")
        tab.page.get_by_label("Opening message").fill("Write the release notes for ")
        camera.shoot("template", tab, SIZES)
        tab.button("Save").click()
        camera.shoot("templates", tab, SIZES)
        for name, path in (
            ("preferences", "/accounts/preferences/"),
            ("tools", "/accounts/tools/"),
            ("tokens", "/accounts/tokens/"),
            ("missing", "/sessions/01900000-0000-7000-8000-000000000000/"),
        ):
            tab.open(path)
            camera.shoot(name, tab, SIZES)


FIGURES = ((1440, 1100), (1024, 768), (390, 844))


def dashboard(camera: Camera) -> None:
    """A month of work, everyone's, none, the dialog of panels, the dates."""
    camera.server.run("tests.browser.month")
    with camera.tab(camera.server.url, "analyst") as tab:
        tab.open("/dashboard/")
        camera.shoot("dashboard", tab, FIGURES)
        tab.page.set_viewport_size({"width": 1440, "height": 3400})
        camera.shoot("dashboard-whole", tab, ((1440, 3400), (390, 6000)))
        tab.page.get_by_role("link", name="Panels").click()
        expect(tab.page.get_by_role("dialog", name="New dashboard")).to_be_visible()
        camera.shoot("dashboard-panels", tab, FIGURES)
        tab.page.get_by_role("dialog").get_by_label("Name").fill("Mornings")
        tab.page.get_by_role("dialog").get_by_role("button", name="Save").last.click()
        expect(tab.page.get_by_role("heading", name="Mornings")).to_be_visible()
        camera.shoot("dashboard-board", tab, FIGURES)
        tab.page.get_by_role("link", name="Standard").click()
        tab.button("Dates…").click()
        camera.shoot("dashboard-dates", tab, FIGURES)
        tab.open("/dashboard/?time_range=dates&from=2020-01-01&until=2020-01-07")
        camera.shoot("dashboard-empty", tab, FIGURES)
    with camera.tab(camera.server.url, "head") as tab:
        tab.open("/dashboard/?scope=everyone")
        camera.shoot("dashboard-everyone", tab, FIGURES)
        tab.page.set_viewport_size({"width": 1440, "height": 4400})
        camera.shoot("dashboard-everyone-whole", tab, ((1440, 4400),))


def admin(camera: Camera) -> None:
    """A server of its own: the admin site's files are collected for it alone."""
    with tempfile.TemporaryDirectory() as place, serving(Path(place)) as server:
        server.stop()
        chat = server.run("tests.browser.staff").split()[-1]
        server.start()
        noun = "/admin/sessions_app/chatsession/"
        with camera.tab(server.url, "root") as tab:
            for name, path in (
                ("admin-index", "/admin/"),
                ("admin-sessions", noun),
                ("admin-review", f"{noun}{chat}/transcript/?q=delivery"),
                ("admin-audit", "/admin/sessions_app/auditentry/"),
                ("admin-session", f"{noun}{chat}/change/"),
            ):
                tab.page.goto(f"{server.url}{path}")
                camera.shoot(name, tab, SIZES, whole=True)
            tab.page.goto(f"{server.url}/admin/sessions_app/user/")
            tab.page.get_by_label("Choose user").first.check()
            tab.page.get_by_label("Action:").select_option("limit_people")
            tab.page.get_by_role("button", name="Go").click()
            camera.shoot("admin-ask", tab, SIZES)
            tab.page.get_by_label("Amount").fill("12.5")
            tab.page.get_by_role("button", name="Set the budget").click()
            budgets = f"{server.url}/admin/analytics_app/budget/"
            for values in (
                "audience=free&measure=money&period=day",
                f"session={chat}&measure=tokens&period=ever",
            ):
                tab.page.goto(f"{budgets}add/?{values}&amount=20000")
                tab.page.get_by_role("button", name="Save", exact=True).click()
            camera.shoot("admin-budgets", tab, SIZES, whole=True)
            tab.page.goto(f"{budgets}add/?audience=free&measure=money&period=day&amount=7")
            tab.page.get_by_role("button", name="Save", exact=True).click()
            camera.shoot("admin-budget-there", tab, SIZES, whole=True)
        with camera.tab(server.url, "alice") as tab:
            tab.page.goto(f"{server.url}/accounts/privacy/")
            camera.shoot("privacy", tab, SIZES)


def plan(camera: Camera) -> None:
    """What limits a person who has used some of everything, and models of another plan."""
    camera.server.run("tests.browser.spending")
    with camera.tab(camera.server.url, "newcomer") as tab:
        tab.open("/accounts/plan/")
        tab.page.get_by_text("Before").first.click()
        camera.shoot("plan", tab, SIZES)
        tab.open("/dashboard/")
        expect(tab.page.locator("limit-notice")).to_contain_text("used")
        camera.shoot("plan-beside", tab, SIZES)


def budget(camera: Camera) -> None:
    """A limit of a session that is nearly used up, then used up, with a message that was refused."""
    with camera.tab(camera.server.url, "beginner") as tab:
        tab.new_session().ask("Summarise the migration plan for the search index in five points.")
        limit_to(tab, cost_of(tab) / NEARLY)
        expect(tab.page.locator("limit-notice")).to_contain_text("is used.")
        camera.shoot("budget-warning", tab, SIZES)
        camera.upstream.script({"name": "gate", "words": 20, "after": 5})
        tab.send("Now the same for the ledger roll-up.")
        expect(tab.body).to_contain_text("w5")
        tab.send("And in French?")  # waits, and is held back when its turn comes
        camera.upstream.release()
        expect(tab.page.locator(".pending__held")).to_contain_text("is used up")
        tab.send("And in German?")
        expect(tab.page.locator("#composer-notice")).to_contain_text("is used up")
        camera.shoot("budget-used-up", tab, SIZES)


ASKED = "Where did this week’s tokens go? Split it by model, and show me how to get the same figures from the API."
USAGE_TOOL = {"name": "analyze_token_usage", "input": {"time_range": "week", "group_by": "model"}}


def export(camera: Camera) -> None:
    """A session on its way out: as text, as data, as a page, refused, one message, and without scripts."""
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.set_title({"name": "title", "text": "Weekly cost review"})
        camera.upstream.script({"name": "tool", "tools": [USAGE_TOOL]}, {"name": "words", "text": PLAIN})
        tab.new_session().ask(ASKED)
        expect(tab.page.get_by_role("heading", name="Weekly cost review")).to_be_visible()
        address = tab.page.url
        tab.page.get_by_role("link", name="Export", exact=True).click()
        dialog = tab.page.get_by_role("dialog", name="Export session")
        expect(dialog).to_be_visible()
        for card in dialog.get_by_role("radiogroup", name="Format").get_by_role("radio").all():
            name = str(card.get_attribute("value"))
            card.check(force=True)
            expect(dialog.locator(f'#export-options [name="shown"][value="{name}"]')).to_have_count(1)
            camera.shoot(f"export-{name}", tab, SIZES)
        tab.page.route("**/export/", lambda route: route.abort())
        dialog.get_by_role("button", name="Export", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("Nothing was exported")
        camera.shoot("export-refused", tab, SIZES)
        tab.page.unroute("**/export/")
        tab.page.goto(f"{address}export/")
        camera.shoot("export-page", tab, SIZES)


def api(camera: Camera) -> None:
    """The reference of the API; one operation open; the dialog for a token."""
    with camera.tab(camera.server.url, "alice") as tab:
        tab.open("/api/docs")
        expect(tab.page.get_by_role("heading", name="Sessions")).to_be_visible()
        camera.shoot("api", tab, SIZES)
        tab.page.locator("#operations-Messages-send_message .opblock-summary-control").click()
        tab.page.get_by_role("button", name="Try it out").click()
        tab.page.locator("#operations-Messages-send_message").scroll_into_view_if_needed()
        camera.shoot("api-operation", tab, SIZES, whole=True)
        tab.page.get_by_role("button", name="Authorize", exact=True).click()
        camera.shoot("api-authorize", tab, SIZES)


SCENES = (export, full, marks, compare, palette, lists, pages, dashboard, plan, budget, admin, api)
