"""The demo account of a development backend."""

import json
from typing import NamedTuple

from pylib.config.app_config import AppConfig
from pylib.errors import TransportError
from pylib.ports import HttpRequest, HttpTransport

TIMEOUT_S = 5.0


class DemoAccount(NamedTuple):
    """What to write into the sign-in form; empty in production."""

    email: str = ""
    password: str = ""


async def demo_account(transport: HttpTransport, config: AppConfig) -> DemoAccount:
    """Ask a development backend for its demo account; nothing is asked unless the config says dev."""
    if not config.dev:
        return DemoAccount()
    url = config.http_api_url.rstrip("/") + "/dev/account"
    try:
        response = await transport.send(HttpRequest("GET", url, {}, "", TIMEOUT_S))
        account = json.loads(response.body)
        return DemoAccount(account["email"], account["password"])
    except (TransportError, ValueError, KeyError, TypeError):
        return DemoAccount()
