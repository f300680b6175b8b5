"""Pictures of notifications in a conversation, and of the incoming webhooks of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.pictures import Camera

POST = """async ([path, body]) => {
  const token = document.querySelector('[name="csrfmiddlewaretoken"]').value;
  const answer = await fetch(path, {
    method: "POST", body: JSON.stringify(body), headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
  });
  return answer.status;
}"""
LOG = "\n".join(f"{number:02d}  waiting for the lock of `sessions_app_message`" for number in range(1, 19))
SAID: tuple[dict[str, Any], ...] = (
    {"kind": "deploy", "title": "Release 2.4 is out", "link": "https://ci.example.org/runs/70"},
    {
        "kind": "disk",
        "title": "Volume data-1 is 83 % full",
        "severity": "warning",
        "body": "It grows by **1.2 GB a day**; at that pace it is full on 18 December.",
    },
    {
        "kind": "deploy",
        "title": "Deploy failed",
        "severity": "error",
        "body": f"Step `migrate` timed out after 90 s.\n\n{LOG}",
        "link": "https://ci.example.org/runs/71",
    },
    {
        "kind": "escalation",
        "title": "Customer 4711 cannot log in since this morning",
        "severity": "critical",
        "body": "Asked for by the help desk:\n\n- three tries, all with the right password\n- the account is not locked",
    },
)


def post(page: Page, session: str = "", **said: Any) -> None:
    """As a program does, with the login of this page; into its session where none is named."""
    session = session or page.url.partition("/sessions/")[2].partition("/")[0]
    status = page.evaluate(POST, [f"/api/chat/sessions/{session}/notifications", said])
    assert status == 201, status


def notifications(camera: Camera) -> None:
    with camera.tab(camera.server.url, "alice") as tab:
        camera.upstream.set_default({"name": "words", "text": "Nothing is running just now."})
        tab.new_session().ask("How is the release going?")
        for said in SAID:
            post(tab.page, **said)
        expect(tab.page.locator("article[data-kind]")).to_have_count(len(SAID))
        camera.shoot("notifications", tab)
        camera.server.run("tests.browser.beside")
        expect(tab.answers).to_have_count(2)
        tab.expect_status("complete")
        camera.shoot("cards", tab)
        tab.page.locator("summary", has_text="6 errors in the last hour").click()
        camera.shoot("cards-open", tab)
        tab.page.get_by_role("link", name="Incoming webhooks").click()
        tab.page.get_by_role("dialog").get_by_label("Name").fill("CI")
        tab.page.get_by_label("It may ask for an answer").check()
        tab.button("Make a webhook").click()
        expect(tab.page.get_by_text("It cannot be shown again")).to_be_visible()
        camera.shoot("webhooks", tab)


SCENES = (notifications,)
