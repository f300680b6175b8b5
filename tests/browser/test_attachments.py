"""Files in the composer: chosen, dropped, pasted; shown, removed, sent; kept over a reload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, StorageState, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.workspace import Workspace
from tests.files.making import noise, pdf, picture
from tests.upstream import Upstream

pytestmark = pytest.mark.browser
# What a drag or a paste brings: Playwright has no way to do either with files.
BRINGING = """([selector, kind, files]) => {
  const data = new DataTransfer();
  for (const [name, type, text] of files) data.items.add(new File([text], name, { type }));
  const target = document.querySelector(selector);
  const options = { bubbles: true, cancelable: true };
  if (kind === "paste") target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
  else target.dispatchEvent(new DragEvent(kind, { ...options, dataTransfer: data }));
}"""
PASTING = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const box = document.getElementById("message-box");
  const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
  if (box.dispatchEvent(event)) document.execCommand("insertText", false, text);
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "budget.csv").write_bytes(b"month,cost\n2026-11,23.9\n")
    (tmp_path / "photo.png").write_bytes(picture("PNG", (400, 300), colour="teal"))
    (tmp_path / "report.pdf").write_bytes(pdf(2))
    (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04" + bytes(60))
    return tmp_path


def choose(workspace: Workspace, *paths: Path) -> None:
    with workspace.page.expect_file_chooser() as chooser:
        workspace.button("Attach files").click()
    chooser.value.set_files([str(path) for path in paths])


def chips(workspace: Workspace) -> Locator:
    return workspace.page.get_by_role("list", name="Attached files").get_by_role("listitem")


def opener(workspace: Workspace, name: str) -> Locator:
    return workspace.page.get_by_role("link", name=f"Preview {name}", exact=True)


def test_files_are_chosen_previewed_removed_and_sent(
    workspace: Workspace, folder: Path, upstream: Upstream
) -> None:
    choose(workspace, *(folder / name for name in ("budget.csv", "photo.png", "report.pdf", "archive.zip")))
    expect(chips(workspace)).to_have_count(4)
    expect(chips(workspace).filter(has_text="archive.zip")).to_contain_text("This is an archive")
    workspace.button("Dismiss").click()

    opener(workspace, "photo.png").click()
    dialog = workspace.page.get_by_role("dialog", name="photo.png")
    expect(dialog.get_by_role("img", name="photo.png")).to_be_visible()
    expect(dialog).to_contain_text("picture, 400 × 300")
    workspace.page.keyboard.press("Escape")
    opener(workspace, "budget.csv").click()
    dialog = workspace.page.get_by_role("dialog", name="budget.csv")
    expect(dialog.locator("pre")).to_have_text("month,cost\n2026-11,23.9\n")
    expect(dialog.get_by_role("link", name="Download")).to_have_attribute("href", re.compile("/attachments/"))
    dialog.get_by_role("button", name="Close").click()

    workspace.button("Remove report.pdf").click()
    expect(chips(workspace)).to_have_count(2)
    workspace.ask("What is in these?")
    expect(chips(workspace)).to_have_count(0)
    sent = workspace.questions.last.get_by_role("list", name="Files")
    expect(sent.get_by_role("listitem")).to_have_count(2)
    expect(sent.get_by_role("link", name="Preview photo.png")).to_be_visible()
    content = upstream.replies[-1].body["messages"][-1]["content"]
    assert [block["type"] for block in content] == ["text", "image", "text"]


@pytest.mark.thorough
def test_unsent_files_are_there_after_a_reload_and_in_another_tab(
    workspace: Workspace, folder: Path, open_page: OpenPage
) -> None:
    choose(workspace, folder / "budget.csv")
    expect(opener(workspace, "budget.csv")).to_be_visible()
    workspace.page.reload()
    expect(opener(workspace, "budget.csv")).to_be_visible()
    other = open_page(workspace.page.url.removeprefix(workspace.base), context=workspace.context)
    expect(opener(other, "budget.csv")).to_be_visible()
    other.button("Remove budget.csv").click()
    expect(chips(other)).to_have_count(0)
    workspace.page.reload()
    expect(chips(workspace)).to_have_count(0)


@pytest.mark.thorough
def test_files_alone_are_sent_with_send(workspace: Workspace, folder: Path) -> None:
    choose(workspace, folder / "budget.csv")
    expect(opener(workspace, "budget.csv")).to_be_visible()
    workspace.button("Send").click()
    expect(workspace.questions).to_have_count(1)
    expect(workspace.questions.locator(".message__body")).to_be_hidden()
    workspace.expect_status("complete")


@pytest.mark.thorough
def test_a_message_is_sent_again_with_another_file(workspace: Workspace, folder: Path) -> None:
    choose(workspace, folder / "budget.csv")
    expect(opener(workspace, "budget.csv")).to_be_visible()
    workspace.ask("Look")
    workspace.questions.last.get_by_role("button", name="Edit", exact=True).click()
    workspace.page.get_by_role("checkbox", name="budget.csv").uncheck()
    workspace.page.get_by_label("Add files").set_input_files(str(folder / "report.pdf"))
    workspace.button("Send again").click()
    files = workspace.questions.last.get_by_role("list", name="Files").get_by_role("link")
    expect(files).to_have_count(1)
    expect(files).to_have_accessible_name("Preview report.pdf")
    workspace.expect_status("complete")
    expect(chips(workspace)).to_have_count(0)


@pytest.mark.thorough
def test_files_are_dropped_anywhere_on_the_conversation(workspace: Workspace) -> None:
    files = [["a.txt", "text/plain", "one"], ["b.py", "text/plain", "print(1)"]]
    overlay = workspace.page.get_by_text("Drop files to attach them")
    workspace.page.evaluate(BRINGING, ["#log", "dragenter", files])
    expect(overlay).to_be_visible()
    workspace.page.evaluate(BRINGING, ["#log", "dragleave", files])
    expect(overlay).to_be_hidden()
    workspace.page.evaluate(BRINGING, ["#log", "dragenter", files])
    workspace.page.evaluate(BRINGING, ["#log", "drop", files])
    expect(overlay).to_be_hidden()
    expect(opener(workspace, "a.txt")).to_be_visible()
    expect(opener(workspace, "b.py")).to_be_visible()
    before = workspace.page.url
    workspace.page.evaluate(BRINGING, ["#sessions", "drop", files])
    expect(chips(workspace)).to_have_count(2)
    assert workspace.page.url == before


@pytest.mark.thorough
def test_pasted_files_are_attached(workspace: Workspace) -> None:
    workspace.page.evaluate(BRINGING, ["#message-box", "paste", [["shot.txt", "text/plain", "words"]]])
    expect(opener(workspace, "shot.txt")).to_be_visible()
    expect(workspace.box).to_have_value("")


@pytest.mark.thorough
def test_a_long_paste_is_offered_as_a_file_and_can_be_put_back(workspace: Workspace) -> None:
    text = "A line that was pasted.\n" * 50
    workspace.box.fill("Before: ")
    workspace.box.press("End")
    workspace.page.evaluate(PASTING, text)
    expect(workspace.box).to_have_value(f"Before: {text}")
    expect(workspace.page.get_by_text("Pasted 1,200 characters.")).to_be_visible()
    workspace.button("Add as a file").click()
    expect(workspace.box).to_have_value("Before: ")
    expect(chips(workspace).get_by_role("link")).to_have_count(1)
    workspace.button("Undo").click()
    expect(workspace.box).to_have_value(f"Before: {text}")
    expect(chips(workspace)).to_have_count(0)
    workspace.page.evaluate(PASTING, "x" * 3000)
    workspace.button("Keep as text").click()
    expect(workspace.button("Add as a file")).to_be_hidden()


@pytest.mark.thorough
def test_short_pastes_are_left_alone(workspace: Workspace) -> None:
    workspace.box.focus()
    workspace.page.evaluate(PASTING, "short")
    expect(workspace.box).to_have_value("short")
    expect(workspace.button("Add as a file")).to_be_hidden()


@pytest.mark.thorough
def test_a_message_sent_too_early_waits_for_its_files(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(noise((1500, 1000)))
    choose(workspace, tmp_path / "large.png")
    workspace.box.fill("Look")
    workspace.box.press("Enter")
    expect(workspace.questions).to_have_count(1)
    expect(workspace.questions.get_by_role("link", name="Preview large.png")).to_be_visible()
    expect(workspace.questions).to_contain_text("Look")


@pytest.mark.thorough
def test_an_upload_that_fails_can_be_tried_again(open_page: OpenPage, new_path: Any, folder: Path) -> None:
    workspace = open_page(new_path(), requests_may_fail=True)
    workspace.expect_live()
    workspace.page.route("**/attachments/", lambda route: route.abort())
    choose(workspace, folder / "budget.csv")
    chip = chips(workspace).filter(has_text="budget.csv")
    expect(chip).to_contain_text("Not uploaded: the server did not answer.")
    workspace.page.unroute("**/attachments/")
    workspace.button("Try again").click()
    expect(opener(workspace, "budget.csv")).to_be_visible()


def notes(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"note-{n}.txt" for n in range(count)]
    for path in paths:
        path.write_text(path.name)
    return paths


@pytest.mark.thorough
def test_thirty_files_at_once_are_taken_and_sent(workspace: Workspace, tmp_path: Path) -> None:
    choose(workspace, *notes(tmp_path, 30))
    expect(chips(workspace).get_by_role("link")).to_have_count(30, timeout=60_000)
    workspace.ask("All of them")
    sent = workspace.questions.last.get_by_role("list", name="Files")
    expect(sent.get_by_role("listitem")).to_have_count(30)
    expect(chips(workspace)).to_have_count(0)


@pytest.mark.thorough
def test_more_files_than_go_with_a_message_are_told_of_before_it_is_sent(
    workspace: Workspace, tmp_path: Path
) -> None:
    # Six stand for fifty-one: what a page may send is written on it.
    workspace.page.locator("file-chips").evaluate("(chips) => { chips.dataset.most = 5; }")
    choose(workspace, *notes(tmp_path, 6))
    said = workspace.page.get_by_text("At most 5 files go with one message: remove 1.")
    expect(said).to_be_visible()
    workspace.button("Remove note-0.txt").click()
    expect(said).to_be_hidden()
    workspace.ask("These")


@pytest.mark.thorough
def test_after_choosing_files_what_is_typed_goes_into_the_message_box(
    workspace: Workspace, folder: Path
) -> None:
    choose(workspace, folder / "budget.csv")
    expect(workspace.box).to_be_focused()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("status", "kind", "body", "said", "again"),
    [
        (507, "text/plain; charset=utf-8", "No room.", "No room.", True),
        (404, "text/html", "<!doctype html>", "Not uploaded: this page is out of date.", False),
        (503, "text/html", "<!doctype html>", "Not uploaded: the server did not answer.", True),
    ],
)
def test_a_refused_upload_says_why(
    open_page: OpenPage,
    new_path: Any,
    folder: Path,
    status: int,
    kind: str,
    body: str,
    said: str,
    again: bool,
) -> None:
    workspace = open_page(new_path(), requests_may_fail=True)
    workspace.expect_live()
    workspace.page.route(
        "**/attachments/", lambda route: route.fulfill(status=status, content_type=kind, body=body)
    )
    choose(workspace, folder / "budget.csv")
    expect(chips(workspace)).to_contain_text(said)
    expect(workspace.button("Try again")).to_be_visible(visible=again)


@pytest.mark.thorough
def test_an_upload_after_the_login_ended_leads_to_the_login(
    open_page: OpenPage, new_path: Any, server: Server, as_alice_on: Any, folder: Path
) -> None:
    workspace = open_page(new_path(), state=as_alice_on(server.url), requests_may_fail=True)
    workspace.expect_live()
    workspace.box.fill("Kept")
    workspace.context.clear_cookies(name="sessionid")
    choose(workspace, folder / "budget.csv")
    workspace.page.wait_for_url("**/accounts/login/**")


@pytest.mark.thorough
def test_a_model_without_pictures_says_so_before_sending(
    open_page: OpenPage, keyless: Server, newcomer_in: StorageState, folder: Path
) -> None:
    workspace = open_page("/", base=keyless.url, state=newcomer_in, requests_may_fail=True)
    choose(workspace, folder / "photo.png", folder / "budget.csv")
    said = workspace.page.get_by_text("Offline assistant does not take pictures.")
    expect(said).to_be_visible()
    workspace.button("Remove photo.png").click()
    expect(said).to_be_hidden()
    workspace.box.fill("What is it?")
    workspace.box.press("Enter")
    workspace.page.wait_for_url("**/sessions/*/")
    expect(workspace.answer).to_contain_text("I got one file: budget.csv: text (csv)")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_chips_and_the_preview_are_accessible(open_page: OpenPage, folder: Path, theme: str) -> None:
    workspace = open_page(color_scheme=theme, bypass_csp=True).new_session()
    choose(workspace, folder / "budget.csv", folder / "photo.png", folder / "archive.zip")
    expect(opener(workspace, "photo.png")).to_be_visible()
    expect_no_violations(workspace)
    opener(workspace, "photo.png").focus()
    workspace.page.keyboard.press("Enter")
    expect(workspace.page.get_by_role("dialog", name="photo.png")).to_be_visible()
    expect_no_violations(workspace)


def test_without_scripts_the_form_carries_the_files(open_page: OpenPage, new_path: Any, folder: Path) -> None:
    workspace = open_page(new_path(), java_script_enabled=False)
    workspace.page.locator("input[name=file]").set_input_files(str(folder / "budget.csv"))
    workspace.box.fill("Look")
    workspace.button("Send").click()
    expect(workspace.questions.get_by_role("link", name="Preview budget.csv")).to_be_visible()


@pytest.mark.thorough
def test_a_file_that_was_removed_or_sent_on_another_page_leaves_this_one(
    workspace: Workspace, folder: Path, open_page: OpenPage
) -> None:
    other = open_page(workspace.page.url.removeprefix(workspace.base), context=workspace.context)
    other.expect_live()
    choose(workspace, folder / "budget.csv", folder / "report.pdf")
    expect(opener(other, "budget.csv")).to_be_visible()
    expect(opener(other, "report.pdf")).to_be_visible()
    workspace.button("Remove report.pdf").click()
    expect(chips(other)).to_have_count(1)
    workspace.ask("Look")
    expect(chips(other)).to_have_count(0)
    expect(chips(workspace)).to_have_count(0)
    other.ask("And this?")


HOLD = """() => {
  const add = XMLHttpRequest.prototype.addEventListener;
  XMLHttpRequest.prototype.addEventListener = function (kind, heard) {
    const upload = kind === "loadend" && heard.toString().includes("upload");
    add.call(this, kind, upload ? (event) => { window.held = () => heard(event); } : heard);
  };
}"""


@pytest.mark.thorough
def test_an_upload_that_is_cancelled_as_it_arrives_does_not_come_back(
    workspace: Workspace, folder: Path, upstream: Upstream
) -> None:
    workspace.page.evaluate(HOLD)
    choose(workspace, folder / "report.pdf")
    workspace.page.wait_for_function("() => window.held")  # the server has it, the page does not know yet
    workspace.button("Remove report.pdf").click()
    expect(chips(workspace)).to_have_count(0)
    with workspace.page.expect_response("**/remove/"):
        workspace.page.evaluate("() => window.held()")
    workspace.ask("Nothing is attached.")
    expect(workspace.questions.last.get_by_role("list", name="Files")).to_have_count(0)
    expect(chips(workspace)).to_have_count(0)
