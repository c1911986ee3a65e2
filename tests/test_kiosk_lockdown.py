"""No way out: a real window manager, and somebody who tries every key, button and corner.

python -m tests.test_kiosk_lockdown 100000 LOG    the long run, of which docs/kiosk.md shows the log
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kiosk_processes import Kiosk, running
from tests.xtest import Hand
from tests.xvfb import Display, virtual_display

SIZE = (800, 450)
BATCH = 500
"""Things that are done between two looks."""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
KEYS = (
    *LETTERS,
    *(f"F{number}" for number in range(1, 13)),
    *("Escape", "Tab", "Return", "space", "BackSpace", "Delete", "Home", "End", "Prior", "Next", "Insert"),
    *("Menu", "Super_L", "Print", "Pause", "Left", "Right", "Up", "Down", "slash", "question", "minus"),
)
CHORDS = (
    *(f"alt+{key}" for key in ("F1", "F2", "F3", "F4", "F10", "Tab", "Escape", "space", "Print")),
    *(f"ctrl+alt+{key}" for key in ("Delete", "Right", "Left", "t", "d")),
    *(f"ctrl+{key}" for key in (*"qwcsop", "Escape", "Print")),
    *(f"super+{key}" for key in (*"edrl", "Tab", "F1", "F2", "F3", "F4", "Left", "Up")),
    *("shift+alt+Left", "shift+alt+Right", "ctrl+shift+Escape", "shift+F10"),
)


@contextmanager
def openbox(display: Display, home: Path) -> Iterator[None]:
    """A window manager with its usual keys: desktops, a menu, closing, iconifying, a terminal."""
    environment = {**display.environment, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    process = subprocess.Popen(["openbox", "--sm-disable"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def gesture(hand: Hand, dice: random.Random) -> None:
    """Do one thing."""
    x, y = dice.randrange(SIZE[0]), dice.randrange(SIZE[1])
    kind = dice.random()
    if kind < 0.35:
        hand.keys(dice.choice(KEYS))
    elif kind < 0.55:
        hand.keys(dice.choice(CHORDS))
    elif kind < 0.80:
        hand.move(x, y)
        hand.click(dice.choice((1, 1, 1, 1, 2, 3, 4, 5, 6, 7)))
    elif kind < 0.85:
        hand.move(x, y)
        hand.hold("Alt_L", lambda: hand.click(dice.choice((1, 2, 3, 4, 5))))
    elif kind < 0.99:
        button = dice.choice((1, 1, 1, 3))
        hand.move(x, y)
        hand.button(button, True)
        hand.move(dice.randrange(SIZE[0]), dice.randrange(SIZE[1]))
        hand.button(button, False)
    else:  # a knock at the service corner: it opens keys for a PIN, no more
        hand.move(SIZE[0] - 4, 4)
        for _ in range(5):
            hand.click(1)


def files(folder: Path) -> set[str]:
    """All but what the window manager writes for itself."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {name for name in names if ".cache" not in name}


def still_the_exhibit(kiosk: Kiosk, hand: Hand) -> None:
    """Alive, on top, over the whole screen, and answering."""
    assert kiosk.process.poll() is None
    assert not kiosk.count("exhibit restarts"), kiosk.log()[-3:]
    root = kiosk.display.do("search", "--onlyvisible", "--name", "^nnvis3d kiosk$").splitlines()
    assert len(root) == 1
    shape = kiosk.display.do("getwindowgeometry", "--shell", root[0])
    assert "X=0\nY=0" in shape and f"WIDTH={SIZE[0]}" in shape and f"HEIGHT={SIZE[1]}" in shape
    kiosk.wait(lambda: hand.topmost() == int(root[0]), "on top")  # the curtain rises when it is covered
    frames = json.loads((kiosk.state / "counters.json").read_text())["gauges"]["up"]
    assert frames == 1


def attack(kiosk: Kiosk, count: int, seed: int) -> None:
    """So many things, as quick as the exhibit takes them; after each batch it is looked at."""
    hand, dice = Hand(kiosk.display), random.Random(seed)
    for done in range(1, count + 1):
        gesture(hand, dice)
        if done % 10 == 0:
            hand.wait()
            time.sleep(0.02)
        if done % BATCH == 0 or done == count:
            still_the_exhibit(kiosk, hand)
    hand.close()


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_no_way_out_in_two_thousand_tries(tmp_path, home):
    before = files(home)
    with virtual_display(*SIZE) as display, openbox(display, home):
        folder = tmp_path / "kiosk"
        folder.mkdir()
        with running(display, folder) as kiosk:
            kiosk.wait(lambda: (kiosk.state / "counters.json").exists(), "counted")
            kiosk.wait(lambda: json.loads((kiosk.state / "counters.json").read_text())["gauges"]["up"], "up")
            attack(kiosk, 2000, seed=6)
            kiosk.wait(lambda: kiosk.count("keyboard held"), "locked")
            written = files(folder)
            allowed = {"kiosk.toml", "state", "state/kiosk.log", "state/counters.json"}
            strange = {name for name in written - allowed if not name.startswith("state/config-")}
            assert not strange
            assert kiosk.end() == 0
            counted = json.loads((kiosk.state / "counters.json").read_text())["counters"]
    assert files(home) == before, "nothing was started that writes"
    assert counted["touches"], "and the touches did arrive"


def _main(count: int, path: Path) -> None:
    """The long run: a line for every thousand tries."""
    work = Path(tempfile.mkdtemp())
    home = work / "home"
    home.mkdir()
    with virtual_display(*SIZE) as display, openbox(display, home), path.open("w", encoding="utf-8") as log:
        folder = work / "kiosk"
        folder.mkdir()
        with running(display, folder) as kiosk:
            kiosk.wait(lambda: (kiosk.state / "counters.json").exists(), "counted")
            kiosk.wait(lambda: json.loads((kiosk.state / "counters.json").read_text())["gauges"]["up"], "up")
            started = time.monotonic()
            for done in range(0, count, 1000):
                attack(kiosk, 1000, seed=done)
                numbers = json.loads((kiosk.state / "counters.json").read_text())
                inside = {f"kiosk/{name}" for name in files(folder)} | files(folder)
                line = {
                    "tries": done + 1000,
                    "minutes": round((time.monotonic() - started) / 60, 2),
                    "touches": sum(numbers["counters"]["touches"].values()),
                    "visitors": sum(numbers["counters"]["visitors"].values()),
                    "restarts": sum(numbers["counters"]["restarts"].values()),
                    "memory_mb": numbers["gauges"]["memory_mb"],
                    "files_outside": sorted(files(work) - inside - {"home", "kiosk"}),
                }
                log.write(json.dumps(line) + "\n")
                log.flush()
    shutil.rmtree(work)


if __name__ == "__main__":
    _main(int(sys.argv[1]), Path(sys.argv[2]))
