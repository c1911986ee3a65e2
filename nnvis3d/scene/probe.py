"""What OpenGL this machine gives, asked in a process of its own: a broken driver may end whoever asks it.

`python -m nnvis3d.scene.probe offscreen` (or `window`) prints one JSON object. `ask` runs that and reads it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 60.0  # seconds: a driver that takes longer hangs
_MARK = "nnvis3d-probe "  # before our line: drivers write to stdout too


def ask(kind: str) -> dict:
    """The facts about drawing "offscreen" or to a "window".

    Returns:
        `vendor`, `renderer`, `version`, `gl` and `glsl` ([major, minor]), `software`, `largest_texture`
        (pixels), `shaders` (count); or, if it cannot be done, `error` in words, with `log` (what the driver
        wrote), and `renderer` and `gl` if there is an OpenGL that is too old. `gamepads` (names) always.
    """
    # The one that asks may have found nnvis3d beside main.py, which is on no path of a new interpreter.
    path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nnvis3d.scene.probe", kind],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"the driver did not answer within {_LONGEST:.0f} s"}
    except OSError as error:
        return {"error": f"no second process could be started ({error.strerror or error})"}
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            answer = json.loads(line.removeprefix(_MARK))
            return answer | {"log": done.stderr.strip()} if "error" in answer else answer
    return {"error": _last_words(done), "log": done.stderr.strip()}


def _last_words(done: subprocess.CompletedProcess) -> str:
    """Why a probe ended without an answer."""
    if done.returncode < 0:
        return f"the driver crashed ({signal.Signals(-done.returncode).name})"
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"the probe ended with status {done.returncode}"


def facts(offscreen: bool) -> dict:
    """As `ask`, in this process."""
    from nnvis3d.errors import UserError
    from nnvis3d.scene.host import Host
    from nnvis3d.scene.shaders import ShaderLibrary

    try:
        host = Host((64, 64), offscreen, verbose=True)
    except UserError as error:
        return {"error": str(error), **(_old_opengl() if offscreen else {})}
    try:
        gsg = host.gsg
        found = {
            "vendor": gsg.driver_vendor,
            "renderer": gsg.driver_renderer,
            "version": gsg.driver_version,
            "gl": [gsg.driver_version_major, gsg.driver_version_minor],
            "glsl": [gsg.driver_shader_version_major, gsg.driver_shader_version_minor],
            "software": host.software,
            "largest_texture": gsg.max_texture_dimension,
        }
        return found | _compiled(ShaderLibrary(gsg))
    finally:
        host.close()


def _compiled(library) -> dict:
    """Every program that ships, compiled by this driver."""
    from nnvis3d.errors import UserError
    from nnvis3d.resources import resource

    try:
        names = sorted(path.stem for path in resource("shaders").glob("*.vert"))
        for name in names:
            library.load(name)
    except UserError as error:
        return {"error": str(error)}
    return {"shaders": len(names)}


def _old_opengl() -> dict:
    """What there is if no version is asked for: the reason why 3.3 was not to be had."""
    import panda3d.core as p3d

    p3d.load_prc_file_data("probe", "gl-version")
    selection = p3d.GraphicsPipeSelection.get_global_ptr()
    pipe = selection.make_module_pipe("p3headlessgl")
    if pipe is None or not pipe.is_valid():
        return {}
    engine = p3d.GraphicsEngine.get_global_ptr()
    wanted = p3d.FrameBufferProperties()
    wanted.set_rgba_bits(8, 8, 8, 8)
    size = p3d.WindowProperties.size(8, 8)
    output = engine.make_output(pipe, "probe", 0, wanted, size, p3d.GraphicsPipe.BF_refuse_window)
    engine.open_windows()
    if output is None or output.gsg is None or not output.gsg.driver_version_major:
        return {}
    gsg = output.gsg
    return {"renderer": gsg.driver_renderer, "gl": [gsg.driver_version_major, gsg.driver_version_minor]}


def gamepads() -> list[str]:
    """Names of those that are connected."""
    import panda3d.core as p3d

    devices = p3d.InputDeviceManager.get_global_ptr().get_devices(p3d.InputDevice.DeviceClass.gamepad)
    return [device.name for device in devices]


if __name__ == "__main__":
    answer = facts(sys.argv[1] == "offscreen")
    answer["gamepads"] = gamepads()
    sys.stdout.write(f"\n{_MARK}{json.dumps(answer)}\n")
