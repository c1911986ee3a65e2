"""How a watched script and a viewer reach each other: ZeroMQ, encrypted by CURVE where a key is shared."""

import hashlib
from typing import Any

from nnvis3d.errors import UserError

LARGEST = 1 << 27
"""Bytes of a message; more is nobody's snapshot."""


def zeromq() -> Any:
    """The module zmq.

    Raises:
        UserError: it is not installed.
    """
    try:
        import zmq
    except ImportError:
        raise UserError("watching needs pyzmq: pip install 'nnvis3d[watch]'") from None
    return zmq


def secure(socket: Any, key: str, server: bool) -> None:
    """Encrypt `socket` so that only those who know `key` understand and are understood.

    Both ends have the same pair of keys, made from the shared one; the server lets nobody in but itself
    (`Gate`). A key is as good as it is hard to guess, so it has at least 16 characters.

    Raises:
        UserError: the key is too short.
    """
    check_key(key)
    secret, public = _pair(key)
    socket.curve_secretkey, socket.curve_publickey = secret, public
    if server:
        socket.curve_server = True
        socket.zap_domain = b"nnvis3d"
    else:
        socket.curve_serverkey = public


def check_key(key: str) -> None:
    """Raises UserError: it is too short."""
    if len(key) < 16:
        raise UserError("key: at least 16 characters, such as `openssl rand -hex 16` makes")


def _pair(key: str) -> tuple[bytes, bytes]:
    """(secret, public), both in ZeroMQ's Z85 text, made from a passphrase by scrypt."""
    zmq = zeromq()
    from zmq.utils import z85

    secret = z85.encode(hashlib.scrypt(key.encode(), salt=b"nnvis3d watch", n=1 << 14, r=8, p=1, dklen=32))
    return secret, zmq.curve_public(secret)


def gate(context: Any, key: str) -> Any:
    """Lets in only whoever has the same key: an authenticator thread, to be stopped in the end."""
    from zmq.auth.thread import ThreadAuthenticator

    class Allowed:
        """What pyzmq asks about a client's public key, in Z85 text."""

        def callback(self, domain: str, client: bytes) -> bool:
            return client == public

    _, public = _pair(key)
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve_callback(domain="nnvis3d", credentials_provider=Allowed())
    return authenticator
