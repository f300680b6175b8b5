"""A message sent while an answer runs waits as a chip: it can be edited, sent now or removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_attachments import chips, choose, opener
from tests.browser.workspace import Workspace, words
from tests.upstream import Upstream

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(workspace: Workspace, upstream: Upstream) -> Workspace:
    """An answer that rests, and one message that waits for it."""
    upstream.script({"name": "gate", "words": 20, "after": 5})
    workspace.send("The first.")
    expect(workspace.body).to_contain_text("w5")
    workspace.send("The secnd.")
    expect(chip(workspace)).to_contain_text("The secnd.")
    return workspace


def chip(workspace: Workspace) -> Locator:
    return workspace.page.locator("#pending > *", has_text="Next")


def test_it_is_sent_when_the_answer_ends(busy: Workspace, upstream: Upstream) -> None:
    expect(busy.questions).to_have_count(1)
    expect(busy.box).to_have_value("")
    upstream.release()
    expect(busy.questions).to_have_count(2)
    expect(busy.answers).to_have_count(2)
    expect(chip(busy)).to_have_count(0)
    busy.expect_words(words(20))
    expect(busy.answers.first.locator(".message__body")).to_contain_text("w20")


@pytest.mark.thorough
def test_it_can_be_edited(busy: Workspace, upstream: Upstream) -> None:
    chip(busy).get_by_role("button", name="Edit").click()
    box = busy.page.get_by_role("textbox", name="Waiting message")
    expect(box).to_have_value("The secnd.")
    box.fill("The second.")
    busy.button("Save").click()
    expect(box).to_be_hidden()
    expect(chip(busy)).to_contain_text("The second.")
    upstream.release()
    expect(busy.questions.last).to_contain_text("The second.")
    busy.expect_words(words(20))


@pytest.mark.thorough
def test_it_can_be_removed_and_its_text_and_files_are_in_the_box_again(
    workspace: Workspace, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script({"name": "gate", "words": 20, "after": 5})
    workspace.send("The first.")
    expect(workspace.body).to_contain_text("w5")
    (tmp_path / "notes.txt").write_text("Words")
    choose(workspace, tmp_path / "notes.txt")
    workspace.send("The second,\nin two lines.")
    expect(chip(workspace)).to_contain_text("The second")
    expect(chips(workspace)).to_have_count(0)
    workspace.box.fill("Begun meanwhile")
    chip(workspace).get_by_role("button", name="Remove").click()
    expect(chip(workspace)).to_have_count(0)
    expect(workspace.box).to_have_value("Begun meanwhile\n\nThe second,\nin two lines.")
    expect(opener(workspace, "notes.txt")).to_be_visible()
    upstream.release()
    workspace.expect_words(words(20))
    expect(workspace.questions).to_have_count(1)


def test_it_can_be_sent_now_which_stops_the_answer(busy: Workspace, upstream: Upstream) -> None:
    chip(busy).get_by_role("button", name="Stop the answer and send this now").click()
    expect(busy.questions).to_have_count(2)
    expect(busy.answers.first).to_have_attribute("data-status", "stopped")
    expect(chip(busy)).to_have_count(0)
    busy.expect_words(words(20))


@pytest.mark.thorough
def test_it_survives_a_reload(busy: Workspace, upstream: Upstream) -> None:
    busy.page.reload()
    expect(chip(busy)).to_contain_text("The secnd.")
    busy.expect_live()
    upstream.release()
    expect(busy.questions).to_have_count(2)
    busy.expect_words(words(20))
