"""The transport of a mocked request: a connection from a given address."""

import asyncio


class MockedPeer(asyncio.Transport):
    """A connection whose other end has this IP address."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 50_000)})
