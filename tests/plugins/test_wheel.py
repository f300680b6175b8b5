"""The example of docs/plugins.md as it stands: built as a wheel, installed by pip into a folder, found, switched on, used."""

from __future__ import annotations

import base64
import hashlib
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.plugins import set_own, switch_plugin
from sessions_app.agent.context import tool_label, toolbox
from sessions_app.commands import registry
from sessions_app.commands.base import Context, NotRun, Outcome
from sessions_app.commands.registry import typed_command
from sessions_app.models import ActivityEvent, Message, User
from sessions_app.plugins import finding, hooks
from sessions_app.plugins.setting import set_workspace
from tests.realtime.stage import Stage, stored
from tests.upstream import Scenario

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


def blocks(language: str) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.S)
    assert len(found) == 1
    return found[0]


def wheel(folder: Path) -> Path:
    """As a build would make it of the document's two files (https://packaging.python.org/specifications/binary-distribution-format)."""
    project = tomllib.loads(blocks("toml"))["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    entries = [
        f"[{group}]\n" + "\n".join(f"{key} = {value}" for key, value in each.items())
        for group, each in project["entry-points"].items()
    ]
    info = f"{name}-{version}.dist-info"
    files = {
        "glossary.py": blocks("python"),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "\n".join(entries) + "\n",
    }
    lines = [f"{path},sha256={digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)
    return made


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[finding.Installed]:
    target = tmp_path / "packages"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-index",
        "--no-deps",
        "--quiet",
        "--target",
        str(target),
    ]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel(tmp_path))], check=True, timeout=60)
    monkeypatch.syspath_prepend(str(target))
    importlib.invalidate_caches()
    finding._found.cache_clear()
    shelf = finding.shelf()
    assert shelf.broken == ()
    assert shelf.installed["glossary"].origin == "workspace-glossary: glossary:Glossary"
    yield shelf.installed["glossary"]
    finding._found.cache_clear()
    sys.modules.pop("glossary", None)


def run(user: User, text: str) -> Outcome:
    typed = typed_command(text)
    assert typed is not None
    return registry.run(typed, Context(user, None))


async def test_it_is_installed_and_everything_of_it_works(
    installed: finding.Installed, stage: Stage, staff: User
) -> None:
    alice = stage.chat.owner

    def before() -> None:
        with pytest.raises(NotRun):
            run(alice, "/define SLA")
        assert "explain_word" not in toolbox(alice, "").tools
        switch_plugin(name="glossary", enabled=True, actor=staff)

    await stored(before)
    said = await stored(lambda: run(alice, "/define SLA"))
    assert (said.text, list(said.rows)) == ("service level agreement", [("asked by", "alice")])
    await stored(lambda: set_own(person=alice, name="glossary", values={"spelling": "capitals"}, secrets={}))
    assert (await stored(lambda: run(alice, "/define sla"))).text == "SERVICE LEVEL AGREEMENT"
    with pytest.raises(NotRun, match="does not have RTFM"):
        await stored(lambda: run(alice, "/define RTFM"))

    box = await stored(lambda: toolbox(alice, ""))
    assert tool_label("explain_word") == "Glossary"
    told = await box.call("explain_word", {"word": "SLA"})
    assert told.result == {"word": "SLA", "meaning": "service level agreement"}

    asks = Scenario("tool", tools=({"name": "explain_word", "input": {"word": "sla"}},))
    reply = await stage.answer(asks, "Explain SLA please")
    assert reply.status == "complete"
    parts = await stored(lambda: Message.objects.get(children=reply.pk).parts)
    assert [part["text"] for part in parts if part["kind"] == "card"] == ["sla: service level agreement"]
    sent = str(stage.upstream.replies[0].body)
    assert '<workspace-data kind="context" source="Glossary">' in sent.replace('\\"', '"')
    assert sys.modules["glossary"].ANSWERS == {"complete": 1}

    await hooks.watch()
    await stored(lambda: set_terms(installed, staff))
    await hooks.watch()
    assert await stored(ActivityEvent.objects.count) == 1
    event = await stored(ActivityEvent.objects.get)
    assert (event.title, event.body, event.audience) == (
        "New in the glossary: tla",
        "three letters",
        "everyone",
    )


def set_terms(plugin: finding.Installed, staff: User) -> None:
    terms = ["SLA = service level agreement", "TLA = three letters"]
    set_workspace(plugin=plugin, changes={"terms": terms}, actor=staff)
    from sessions_app.models import PluginState

    row = PluginState.objects.get(name="glossary")
    row.asked["new_words"].pop("at")  # it is long ago
    row.save()


def test_its_page_shows_what_a_person_can_set(
    installed: finding.Installed, as_alice: Client, staff: User
) -> None:
    switch_plugin(name="glossary", enabled=True, actor=staff)
    page = as_alice.get("/plugins/").content.decode()
    assert "The words of this house, explained." in page
    assert "capitals" in page
    suggestions: Any = as_alice.get("/commands/?q=/define s").content.decode()
    assert "/define sla" in suggestions
