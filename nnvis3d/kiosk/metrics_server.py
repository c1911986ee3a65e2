"""Counters for Prometheus, to this machine only: http://127.0.0.1:PORT/metrics."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nnvis3d.errors import UserError


class MetricsServer:
    """Answers beside the supervisor, on a thread of its own."""

    def __init__(self, port: int, text: Callable[[], str]):
        """
        Args:
            port: 0 has the system choose one.
            text: what to answer, asked for at each request.

        Raises:
            UserError: the port is taken.
        """

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                if self.path != "/metrics":
                    self.send_error(404)
                    return
                body = text().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise UserError(
                f"network.metrics_port {port}: cannot be used ({error.strerror or error})"
            ) from error
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
