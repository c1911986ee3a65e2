"""The window's process: `python -m nnvis3d.viewing.window PORT [--stays]`, started by `nnvis3d.view`."""

import signal
import sys
from multiprocessing.connection import Client, Connection

from nnvis3d.errors import UserError
from nnvis3d.loading import NetworkLoader, load_runner
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.options import Options
from nnvis3d.viewing.opening import STAYS
from nnvis3d.viewing.remote import Line, RemoteRunner


def main() -> int:
    if STAYS in sys.argv:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    key = bytes.fromhex(sys.stdin.readline().strip())
    with Client(("127.0.0.1", int(sys.argv[1])), authkey=key) as connection:
        spec, memory = connection.recv()
        return show(connection, spec, memory)


def show(connection: Connection, spec: NetworkSpec, memory: str) -> int:
    """Open the window on the network that the other side has, until it is closed."""
    from nnvis3d.app.app import App
    from nnvis3d.scene.host import Host

    options = Options(model=spec.name)
    try:
        host = Host(options.size, offscreen=False)
    except UserError as error:
        connection.send(("failed", str(error)))
        return 2
    runner = RemoteRunner(Line(connection), spec, memory)
    connection.send(("open", ""))

    def load(name: str):
        return runner if name == spec.name else load_runner(name)

    app = App(host, options, NetworkLoader(load))
    try:
        app.run()
    finally:
        app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
