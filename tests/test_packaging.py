"""The wheel and the sdist: everything that the program reads is in them, and it runs from what they hold."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.images import read
from tests.program import CHECKOUT

SHIPPED = ("assets", "shaders", "weights")


def build(source: Path, target: Path, kind: str) -> Path:
    """The one file that hatchling makes of `source`."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), "-t", kind]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def files(*folders: str) -> set[str]:
    """Paths of the files in these folders of the checkout, as archives write them."""
    found = (path for folder in folders for path in (CHECKOUT / folder).rglob("*") if path.is_file())
    return {path.relative_to(CHECKOUT).as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder that pip unpacked the wheel into, without what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), str(wheel)]
    subprocess.run([*command, "--disable-pip-version-check"], check=True, timeout=120)
    return folder


def run_installed(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The installed program's own script, in a folder that has nothing to do with it."""
    return subprocess.run(
        [sys.executable, str(installed / "bin" / "nnvis3d"), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_wheel_holds_what_the_checkout_holds(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if not name.startswith("nnvis3d-")}
    assert inside == files("nnvis3d") | {f"nnvis3d/{name}" for name in files(*SHIPPED)}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/assets/fonts/OFL.txt") for name in names)


def test_the_sdist_makes_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    shutil.unpack_archive(sdist, tmp_path)
    assert files("nnvis3d", *SHIPPED, "tests") <= names
    assert {"main.py", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"} <= names
    (source,) = tmp_path.iterdir()
    again = build(source, tmp_path / "dist", "wheel")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_installed_program_runs_anywhere(installed, tmp_path):
    done = run_installed(installed, tmp_path, "doctor", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    (program,) = [check["found"] for check in answer["checks"] if check["name"] == "program"]
    assert f"in {installed / 'nnvis3d'}," in program  # its own files, not the checkout's
    done = run_installed(installed, tmp_path, "snapshot", "--output", "out.png", "--size", "320x180")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    picture = read(tmp_path / "out.png")
    assert picture.shape == (180, 320, 3) and picture.std() > 10
