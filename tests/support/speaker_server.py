"""A speaker's way to the server that remembers the connections it made, so that a test can close them."""

from pylib.config.app_config import AppConfig
from pylib.realtime.client import RealtimeClient
from speaker.bootstrap import Server, SignIn
from speaker.ports import ServerPorts


class RememberingServer(Server):
    """`clients` gets every client that is made."""

    def __init__(
        self, config: AppConfig, ports: ServerPorts, sign_in: SignIn, clients: list[RealtimeClient]
    ) -> None:
        super().__init__(config, ports, sign_in)
        self._clients = clients

    def new_client(self) -> RealtimeClient:
        self._clients.append(super().new_client())
        return self._clients[-1]
