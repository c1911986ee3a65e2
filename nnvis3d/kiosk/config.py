"""What an exhibit can be told: frozen dataclasses, one for each table of its file, checked when made."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from nnvis3d.files import state_folder
from nnvis3d.kiosk.config_running import Files, Hours, Network, Service, Watch
from nnvis3d.kiosk.config_shown import Exhibit, Languages, Screen, Sound, Visit


@dataclass(frozen=True)
class KioskConfig:
    """All of it."""

    exhibit: Exhibit = field(default_factory=Exhibit)
    screen: Screen = field(default_factory=Screen)
    sound: Sound = field(default_factory=Sound)
    languages: Languages = field(default_factory=Languages)
    visit: Visit = field(default_factory=Visit)
    hours: Hours = field(default_factory=Hours)
    service: Service = field(default_factory=Service)
    watch: Watch = field(default_factory=Watch)
    files: Files = field(default_factory=Files)
    network: Network = field(default_factory=Network)
    base: str = "."
    """Folder that the file lies in, set when it is read."""

    def path(self, text: str) -> Path:
        """`text` as a path, seen from the file's folder."""
        return Path(self.base, text).expanduser()


def default_folder() -> Path:
    """Where logs and counters go if nobody says: systemd's StateDirectory, or the user's state folder."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.partition(":")[0])
    return state_folder("nnvis3d-kiosk")
