"""Who may look: this machine alone, or requests with the operators' token."""

import base64
import binascii
import hmac
from pathlib import Path

from aiohttp import web

from backend.origins import THIS_MACHINE, read_origin
from backend.problems import Problem
from backend.settings import AdminSettings
from pylib.protocol import codes

FEWEST_CHARS = 20
"""A shorter token could be guessed."""


class OperatorsUnusable(Exception):
    """Why the socket for operators cannot be opened, as a sentence for the person who started the server."""


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches the address."""
    return host.strip("[]").lower() in THIS_MACHINE


def read_token(admin: AdminSettings) -> str:
    """The operators' token; empty for none, which will do on this machine. Raises OperatorsUnusable."""
    if admin.token_file is None:
        if not is_this_machine(admin.host):
            raise OperatorsUnusable(
                f"Others reach {admin.host}, so /status and /metrics there need a token: "
                "--admin-token-file FILE, or choose --admin 127.0.0.1:8001"
            )
        return ""
    return _token_in(admin.token_file)


def _token_in(path: Path) -> str:
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no plain text"
        raise OperatorsUnusable(f"The operators' token cannot be read from {path} ({why}).") from error
    if len(token) < FEWEST_CHARS or len(token.split()) != 1:
        raise OperatorsUnusable(
            f"{path} holds no usable token: one line of {FEWEST_CHARS} or more letters and digits"
        )
    return token


class Access:
    """Checks every request. Without a token, the Host it names must be this machine's own.

    Otherwise a page anywhere could let its own name point to 127.0.0.1 and read what is told there (DNS
    rebinding). A page that has no token cannot send one, under whatever name.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @property
    def asks_for_token(self) -> bool:
        """Whether it takes one."""
        return bool(self._token)

    def check(self, request: web.BaseRequest) -> None:
        """Raises Problem 401 or 403."""
        if not self._token:
            if not _names_this_machine(request.headers.get("Host", "")):
                raise Problem(403, codes.AUTH_UNAUTHORIZED, "This address is for operators on this machine.")
        elif not hmac.compare_digest(_token_of(request.headers.get("Authorization", "")), self._token):
            ask = 'Basic realm="Lectern for operators", charset="UTF-8"'
            raise Problem(
                401,
                codes.AUTH_MISSING_TOKEN,
                "This address is for operators: send their token.",
                headers={"WWW-Authenticate": ask},
            )


def _names_this_machine(host: str) -> bool:
    try:
        return read_origin(f"http://{host}").host in THIS_MACHINE
    except ValueError:
        return False


def _token_of(header: str) -> bytes:
    """What `Bearer` carries, or the password of `Basic` under any user name; nothing for what is neither."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        # What is no UTF-8 stands in a header as surrogates, and is no token.
        return value.strip().encode(errors="replace")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
