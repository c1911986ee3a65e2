"""What the documents say is so."""

import json
import re
from functools import cache

import pytest

from nnvis3d.app.app import App, Options
from nnvis3d.cli import COMMANDS
from nnvis3d.scene.host import Host
from tests.images import UPDATE
from tests.program import CHECKOUT, call

HEAD = "| | keys | |\n| --- | --- | --- |\n"
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/using.md", "docs/architecture.md", "docs/tours.md")


def text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


@cache
def help_rows() -> list[tuple[str, str, str]]:
    """What the program's own help shows: keys of actions that are connected."""
    app = App(Host((64, 64), offscreen=True), Options())
    rows = app.actions.rows()
    app.close()
    return rows


def keys_table() -> str:
    """The rows of docs/using.md's table of keys; a group is named in its first row."""
    lines, last = [], ""
    for group, keys, words in help_rows():
        lines.append(f"| {group if group != last else ''} | {keys} | {words} |")
        last = group
    return "\n".join(lines)


def test_the_table_of_keys_is_the_program_s():
    """NNVIS3D_UPDATE_GOLDEN=1 writes it anew."""
    path = CHECKOUT / "docs" / "using.md"
    before, rest = path.read_text(encoding="utf-8").split(HEAD)
    table, after = rest.split("\n\n", 1)
    if UPDATE:
        path.write_text(f"{before}{HEAD}{keys_table()}\n\n{after}", encoding="utf-8")
    else:
        assert table == keys_table()


def test_keys_named_in_the_readme_exist():
    keys = {key for _, shown, _ in help_rows() for key in shown.split(", ")}
    table = text("README.md").split("## Controls")[1].split("\n## ")[0]
    named = re.findall(r"`([^`]+)`", table)
    assert len(named) > 10 and set(named) <= keys


def test_the_readme_names_every_command():
    table = text("README.md").split("## Commands")[1].split("\n## ")[0]
    for name in COMMANDS:
        assert f"`{name}" in table


def test_the_readme_s_networks_are_those_that_ship(capsys):
    assert call("models", "--json") == 0
    for line in capsys.readouterr().out.splitlines():
        network = json.loads(line)
        assert f"{network['neurons']:,}, {network['parameters']:,}" in text("README.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    document = CHECKOUT / name
    links = re.findall(r"\]\(([^)#]+)\)", text(name))
    for link in links:
        if not link.startswith("https://"):
            assert (document.parent / link).exists(), f"{name}: {link}"


def test_the_test_command_of_the_readme_is_ci_s():
    assert "&& python -m pytest\n" in text("README.md")
    assert "step python -m pytest\n" in text(".ci/run")
    install = re.search(r"pip install --quiet (torch==[\d.]+) -e", text(".ci/run"))
    assert install and f"pip install {install[1]} ." in text("README.md")
