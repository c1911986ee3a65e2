"""What visitors hear: rendered by OpenAL into a file, and listened to."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnvis3d.kiosk import tones
from nnvis3d.kiosk.config import Sound
from nnvis3d.kiosk.kept import KeptVolume
from nnvis3d.resources import resource
from nnvis3d.tools.kiosk_cues import GUESS_SECONDS, Cues, Heard
from tests.program import CHECKOUT


@pytest.mark.parametrize("name", tones.SOUNDS)
def test_sounds_are_soft_and_without_clicks_and_those_that_ship(name, tmp_path):
    sound = tones.samples(tones.SOUNDS[name])
    assert 0.05 < len(sound) / tones.RATE < 1.0
    assert 0.1 < np.abs(sound).max() <= 0.5
    assert abs(sound[0]) < 1e-6 and np.abs(sound[-20:]).max() < 0.01
    assert np.abs(np.diff(sound)).max() < 0.12, "nothing jumps"
    tones.write(tmp_path / "it.wav", sound)
    assert (tmp_path / "it.wav").read_bytes() == resource("assets", f"kiosk/sounds/{name}.wav").read_bytes()


def test_each_tick_is_heard_by_what_says_most():
    cues = Cues()
    ticks = [
        (Heard(), ""),
        (Heard(guess="3"), ""),  # the hand draws, and nobody is there
        (Heard(touches=1), "touch"),  # a language
        (Heard(visiting=True, touches=2, stroking=True), "begin"),
        (Heard(visiting=True, touches=2, stroking=True, guess="1"), "guess"),
        (Heard(visiting=True, touches=2, stroking=True, guess="7"), ""),  # too soon
        (Heard(visiting=True, touches=2, guess="7"), ""),
        (Heard(visiting=True, touches=3, stroking=True, guess="7"), "stroke"),
        (Heard(visiting=True, touches=3, warned=True, guess="7"), "warning"),
        (Heard(visiting=True, touches=3, warned=True, guess="7"), ""),
        (Heard(visiting=True, touches=4, guess="7"), "touch"),
        (Heard(touches=4), ""),
    ]
    for tick, (heard, expected) in enumerate(ticks):
        assert cues.update(0.01, heard) == expected, tick
    cues.update(0.01, Heard(visiting=True))
    cues.update(GUESS_SECONDS, Heard(visiting=True))
    assert cues.update(0.01, Heard(visiting=True, guess="2")) == "guess"


VISIT = """
import time
from nnvis3d.kiosk.config import Sound
from tests.kiosk_page import PIN, config, opened
with opened((480, 270), config(sound=Sound(enabled=True, volume={volume}))) as page:
    sent = []
    page.exhibit.report.outbox.send = sent.append
    page.pass_time(1)
    {what}
    for _ in range(40):
        page.app.tick(1 / 30)
        time.sleep(0.01)
    print(page.exhibit.hearing.volume, [m for m in sent if "keep" in m])
    page.exhibit.hearing.close()
"""
BEGIN = 'page.app.invoke("kiosk_begin")'
LOUDER_AND_BEGIN = """page.exhibit.door.shown = "menu"
    page.pass_time(0.1)
    for _ in range(3):
        page.press("service_louder")
    page.exhibit.door.close()
    for _ in range(20):
        page.app.tick(1 / 30)
        time.sleep(0.01)
    page.app.invoke("kiosk_begin")"""


def listened(folder: Path, what: str, volume: float = 0.5) -> tuple[np.ndarray, str]:
    """What was played while an exhibit did `what`: float32 (n,), both ears in turn; and what it printed."""
    heard = folder / "heard.wav"
    (folder / "alsoft.conf").write_text(f"[general]\ndrivers = wave\n[wave]\nfile = {heard}\n")
    program = VISIT.format(what=what, volume=volume)
    done = run(program, {"ALSOFT_CONF": str(folder / "alsoft.conf"), "ALSOFT_DRIVERS": "wave"})
    data = heard.read_bytes()
    start = data.index(b"data") + 8
    return np.frombuffer(data[start : start + (len(data) - start) // 8 * 8], "<f4"), done.stdout


def run(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )


def test_the_service_menu_changes_the_volume_at_once_and_a_beginning_is_heard(tmp_path):
    sound, said = listened(tmp_path, LOUDER_AND_BEGIN, volume=0.0)
    assert 0.005 < np.abs(sound).max() < 0.4
    assert said.split()[0] == "0.3" and "'value': 0.3" in said
    left = sound[::2]
    spectrum = np.abs(np.fft.rfft(left))
    hertz = np.fft.rfftfreq(len(left), 1 / 44100)
    for struck in (880.0, 523.25, 783.99):
        assert spectrum[np.abs(hertz - struck) < 8].max() > 0.1 * spectrum.max(), f"{struck} Hz is missing"


def test_without_a_device_it_is_one_line_and_the_exhibit_goes_on():
    program = VISIT.format(what=BEGIN, volume=0.5)
    done = run(program, {"ALSOFT_DRIVERS": "oss"})
    assert done.stdout.startswith("0.5") and "AL lib" not in done.stderr


def test_the_volume_is_kept_until_the_config_says_another(tmp_path):
    path = tmp_path / "settings.json"
    assert KeptVolume(path, Sound()).volume is None
    assert KeptVolume(path, Sound()).keep(0.7)
    assert KeptVolume(path, Sound()).volume == 0.7
    assert KeptVolume(path, Sound(volume=0.2)).volume is None
    assert KeptVolume(path, Sound(remember=False)).volume is None
    assert not KeptVolume(tmp_path / "none" / "settings.json", Sound()).keep(0.7)
    for damaged in ("", "[]", '{"volume": NaN, "instead_of": 0.5}', '{"volume": 9, "instead_of": 0.5}'):
        path.write_text(damaged)
        assert KeptVolume(path, Sound()).volume is None
