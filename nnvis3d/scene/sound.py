"""Short sounds, through Panda3D's audio. Where there is no device, nothing is heard and nothing fails."""

from pathlib import Path

import panda3d.core as p3d

from nnvis3d.scene.host import quiet_drivers

_SETTINGS = "audio-library-name p3openal_audio\nnotify-level-audio fatal\n"


class Sounds:
    """A folder of WAV files, each played by its name."""

    def __init__(self, folder: Path, volume: float):
        """
        Args:
            volume: 0 to 1.
        """
        page = p3d.load_prc_file_data("nnvis3d-sound", _SETTINGS)
        with quiet_drivers():  # OpenAL and ALSA say much, on stderr, about devices that there are not
            self._manager = p3d.AudioManager.create_AudioManager()
        p3d.unload_prc_file(page)
        self.there: bool = self._manager.is_valid()
        """Whether there is a device."""
        self._sounds = {
            path.stem: self._manager.get_sound(p3d.Filename.from_os_specific(str(path)), False)
            for path in (sorted(folder.glob("*.wav")) if self.there else ())
        }
        self.volume = volume

    @property
    def volume(self) -> float:
        """0 to 1; what is heard at once changes too."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = min(max(volume, 0.0), 1.0)
        self._manager.set_volume(self._volume)

    def play(self, name: str) -> None:
        """From its beginning, even if it is still heard; without a device nothing.

        Raises:
            KeyError: there is a device, and no such sound.
        """
        if self.there:
            self._sounds[name].play()

    def update(self) -> None:
        """Once a tick: what has ended gives its voice back."""
        self._manager.update()

    def close(self) -> None:
        self._sounds.clear()
        self._manager.shutdown()
