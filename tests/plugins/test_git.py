"""The Git plugin: reads real repositories, never runs what they name, and tells of new commits once."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sessions_app.actions.plugins import switch_plugin
from sessions_app.agent.context import toolbox
from sessions_app.models import ActivityEvent, PluginState, User
from sessions_app.plugins import hooks
from sessions_app.plugins.finding import shelf
from sessions_app.plugins.git_activity import repositories
from sessions_app.plugins.git_activity.repositories import Unreadable
from sessions_app.plugins.setting import UnfitSettings, set_workspace
from tests.realtime.stage import stored

NAMED = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
         "GIT_COMMITTER_EMAIL": "ada@example.org", "HOME": "/nonexistent", "PATH": os.environ["PATH"]}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, env=NAMED
    )
    return done.stdout.strip()


def commit(folder: Path, name: str, words: str) -> str:
    (folder / name).write_text(words * 3)
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", words)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet", "-b", "main")
    commit(folder, "a.txt", "First\n\nWith a body\x1f and a sign")
    return folder


@pytest.mark.parametrize("at", ["abc", "253402300800 +0000", "253402340000 -1200", "1700000000 +9999"])
def test_a_commit_of_no_time_is_told_like_others(shop: Path, at: str) -> None:
    tree = git(shop, "rev-parse", "HEAD^{tree}")
    text = f"tree {tree}\nauthor a <a@b> {at}\ncommitter a <a@b> {at}\n\nOdd\n"
    (shop / "odd").write_text(text)
    key = git(shop, "hash-object", "-t", "commit", "-w", "--literally", "odd")
    git(shop, "update-ref", "HEAD", key)
    assert [each.subject for each in repositories.commits(shop)] == ["Odd"]
    assert repositories.show(shop, key)[0].at.isoformat() == "1970-01-01T00:00:00+00:00"


def test_a_repository_of_other_hashes_and_letters_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    first = commit(tmp_path, "a.txt", "Größe")
    git(tmp_path, "config", "i18n.logOutputEncoding", "UTF-16")
    second = commit(tmp_path, "b.txt", "Zwei")
    assert [each.hash for each in repositories.commits(tmp_path, after=first)] == [second]
    assert repositories.show(tmp_path, first)[0].subject == "Größe"


def set_up(shop: Path, staff: User, **more: Any) -> None:
    switch_plugin(name="git", enabled=True, actor=staff)
    changes = {"repositories": [str(shop)], **more}
    set_workspace(plugin=shelf().installed["git"], changes=changes, actor=staff)


@pytest.mark.django_db(transaction=True)
async def test_the_tools_answer_about_commits(shop: Path, alice: User, staff: User) -> None:
    key = await stored(lambda: commit(shop, "b.txt", "Second line"))
    await stored(lambda: set_up(shop, staff))
    box = await stored(lambda: toolbox(alice, ""))
    told = (await box.call("recent_commits", {})).result
    assert told["commits"][0]["subject"] == "Second line"
    assert told["repositories"] == ["shop"]
    one = (await box.call("show_commit", {"commit": key[:8], "repository": "shop"})).result
    assert (one["author"], "b.txt" in one["files"]) == ("Ada", True)
    for wrong in (
        {"commit": "HEAD"},
        {"commit": "--help"},
        {"commit": "f" * 40},
        {"commit": key, "repository": "x"},
    ):
        assert (await box.call("show_commit", wrong)).status == "error"


@pytest.mark.django_db(transaction=True)
async def test_new_commits_are_told_once_and_old_ones_never(shop: Path, staff: User) -> None:
    def later() -> None:
        row = PluginState.objects.get(name="git")
        row.asked["new_commits"].pop("at", None)
        row.save()

    await stored(lambda: set_up(shop, staff))
    await hooks.watch()
    assert await stored(ActivityEvent.objects.count) == 0
    for words in ("Second", "Third"):
        await stored(partial(commit, shop, "c.txt", words))
    for _ in range(2):
        await stored(later)
        await hooks.watch()
    events = await stored(lambda: list(ActivityEvent.objects.values_list("title", "count")))
    assert sorted(events) == [("shop: Second", 1), ("shop: Third", 1)]
    await stored(lambda: git(shop, "reset", "--quiet", "--hard", "HEAD~2"))
    await stored(later)
    await hooks.watch()
    assert await stored(ActivityEvent.objects.count) == 2


def test_what_a_repository_names_is_never_run(shop: Path, tmp_path: Path) -> None:
    """Its own configuration and attributes name programs in every place that reading might look at."""
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "diff.bad.textconv", "diff.bad.command",
                 "filter.bad.smudge", "filter.bad.clean", "gpg.program", "core.sshCommand", "core.editor",
                 "pager.log", "pager.show", "core.alternateRefsCommand", "credential.helper", "alias.log",
                 "uploadpack.packObjectsHook", "interactive.diffFilter", "core.askPass"):  # fmt: skip
        git(shop, "config", name, str(trap))
    git(shop, "config", "log.showSignature", "true")
    git(shop, "config", "core.hooksPath", str(tmp_path))
    git(shop, "config", "core.repositoryFormatVersion", "1")
    git(shop, "config", "extensions.partialClone", "origin")
    git(shop, "config", "remote.origin.promisor", "true")
    git(shop, "config", "remote.origin.url", f"ext::{trap}")
    git(shop, "config", "protocol.ext.allow", "always")
    (shop / ".gitattributes").write_text("* diff=bad filter=bad\n")
    key = git(shop, "rev-parse", "HEAD")
    git(shop, "show", "--ext-diff")
    assert sprung.exists()  # the trap works
    sprung.unlink()
    assert repositories.commits(shop)[0].hash == key
    assert repositories.show(shop, key)[0].hash == key
    blob = git(shop, "rev-parse", "HEAD:a.txt")
    (shop / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Unreadable):
        repositories.show(shop, key)
    assert not sprung.exists()


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path, Path("relative")):
        with pytest.raises(Unreadable):
            repositories.commits(path)


def test_git_that_takes_too_long_is_ended(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repositories, "SECONDS", 0.05)
    monkeypatch.setattr(repositories, "COMMAND", ("sh", "-c", "sleep 60 & wait"))
    with pytest.raises(Unreadable, match="too long"):
        repositories.commits(shop)


@pytest.mark.django_db
def test_paths_that_are_not_whole_are_refused_beside_their_field(staff: User) -> None:
    with pytest.raises(UnfitSettings) as refused:
        set_up(Path("../etc"), staff)
    assert refused.value.sentences == {"repositories": "Each is a whole path, such as /srv/git/shop."}
