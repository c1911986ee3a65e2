"""`nnvis3d kiosk`: the exhibit for museums and labs, under its supervisor."""

import argparse
import hashlib
import json
import signal
import sys
from pathlib import Path

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig, default_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="KIOSK.toml", help="the exhibit (default: ours)")
    parser.add_argument(
        "--folder",
        type=Path,
        help="for logs and counters, the only one written to (default: the state folder)",
    )
    parser.add_argument("--check", action="store_true", help="only say whether the config is right")
    parser.add_argument("--example", action="store_true", help="print a config with every option, and end")


def run(options: argparse.Namespace) -> int:
    from nnvis3d.kiosk.config_file import default_config

    if options.example:
        print(default_config().read_text(encoding="utf-8"), end="")
        return 0
    path = options.config or default_config()
    folder = options.folder or default_folder()
    if options.check:
        _checked(path)
        print(f"{path}: right")
        return 0
    return _supervise(path, folder)


def _checked(path: Path) -> KioskConfig:
    """
    Raises:
        UserError: names the file and the line, or the text, that is wrong.
    """
    from nnvis3d.app.kiosk_attract import HAND, timeline_of
    from nnvis3d.kiosk.catalogue import catalogues
    from nnvis3d.kiosk.config_file import read_config

    config = read_config(path)
    try:
        catalogues(config)
        for name in config.exhibit.tours:
            if name != HAND:
                timeline_of(config, name)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    if config.network.results:
        _require_segno(path)
    return config


def _require_segno(path: Path) -> None:
    try:
        import segno  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"{path}: network.results needs a package for QR codes: pip install nnvis3d[kiosk]"
        ) from error


def _supervise(path: Path, folder: Path) -> int:
    from nnvis3d.kiosk.counters import Counters
    from nnvis3d.kiosk.drawings import DrawingStore
    from nnvis3d.kiosk.kept import KeptVolume
    from nnvis3d.kiosk.logs import Log
    from nnvis3d.kiosk.metrics_server import MetricsServer
    from nnvis3d.kiosk.supervisor import Supervisor

    config, complaint = read_or_keep(path, folder)
    log = Log(folder, config.files.log_mb, config.files.log_files)
    if complaint:
        log.write("config cannot be used", "error", reason=complaint)
    counters = Counters(folder / "counters.json")
    if complaint:
        counters.add("errors")
    files = config.files
    drawings = DrawingStore(folder / "drawings.jsonl", files.store_drawings, files.drawings_mb)
    told = {"config": msgspec.to_builtins(config)}
    commands = [sys.executable, "-m", "nnvis3d.commands.kiosk_exhibit"], _curtain(config)
    volume = KeptVolume(folder / "settings.json", config.sound)
    supervisor = Supervisor(config, lambda: told, log, counters, drawings, *commands, volume=volume)
    port = config.network.metrics_port
    server = MetricsServer(port, counters.prometheus) if port else None
    stopped = _signals()
    try:
        return supervisor.run(lambda: bool(stopped))
    finally:
        if server is not None:
            server.close()


def read_or_keep(path: Path, folder: Path) -> tuple[KioskConfig, str]:
    """The config, and what is wrong with it: then it is the last one that was right.

    An exhibit that comes back after a power cut must not stay dark because somebody mistyped a line. A person
    at a terminal is told instead.

    Raises:
        UserError: it is wrong, and there was none before, or somebody sits there and can mend it.
    """
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    kept = folder / f"config-{name}.json"
    try:
        config = _checked(path)
    except UserError as error:
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        try:
            before = msgspec.convert(json.loads(kept.read_text(encoding="utf-8")), KioskConfig)
        except (OSError, ValueError, msgspec.ValidationError):
            raise error from None
        sys.stderr.write(f"nnvis3d: {error}; going on with the last config that was right\n")
        return before, str(error)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(msgspec.to_builtins(config)), encoding="utf-8")
    except OSError as error:
        sys.stderr.write(
            f"nnvis3d: {folder}: cannot be written ({error.strerror or error}); there will be no log\n"
        )
    return config, ""


def _curtain(config: KioskConfig) -> list[str] | None:
    """The process that holds screen and keyboard; only X11 needs, and has, one."""
    if not sys.platform.startswith("linux"):
        return None
    from nnvis3d.kiosk.catalogue import catalogues

    title = catalogues(config)[config.languages.default].say("attract_title")
    command = [sys.executable, "-m", "nnvis3d.kiosk.curtain", "--title", title]
    command += ["--theme", config.exhibit.theme]
    return [*command, "--logo", str(config.path(config.exhibit.logo))] if config.exhibit.logo else command


def _signals() -> list[int]:
    """A list that holds the signal that asked us to end, once one has."""
    found: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: found.append(got))
    return found
