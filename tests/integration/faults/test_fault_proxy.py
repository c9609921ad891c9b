"""Each fault does what it says: order and counts, no stopwatch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.fault_proxy import PASS, Fault, FaultProxy, fault_proxy
from tests.support.proxy_pipe import INVERTED, Stream

WAIT_S = 10.0
A_WHILE_S = 0.1
"""Long enough for bytes on loopback to have come; what is to stay silent is watched for this long."""

LONG = bytes(range(256)) * 400


class Echo:
    """A server that sends back what it hears and keeps it."""

    def __init__(self) -> None:
        self.heard: list[bytearray] = []
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        self.heard.append(heard)
        try:
            while data := await reader.read(65536):
                heard += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self.ended += 1
            writer.close()


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[Echo, FaultProxy]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with fault_proxy(*server.sockets[0].getsockname()[:2]) as proxy:
        yield echo, proxy
    server.close()


@asynccontextmanager
async def client_of(proxy: FaultProxy) -> AsyncIterator[Stream]:
    host, port = proxy.url.removeprefix("http://").split(":")
    stream = Stream(*await asyncio.open_connection(host, int(port)))
    try:
        yield stream
    finally:
        stream.writer.close()


async def answer(stream: Stream, data: bytes) -> bytes:
    """Say it and hear as much."""
    stream.writer.write(data)
    return await heard(stream, len(data))


async def heard(stream: Stream, count: int) -> bytes:
    async with asyncio.timeout(WAIT_S):
        return await stream.reader.readexactly(count)


async def rest(stream: Stream) -> bytes:
    async with asyncio.timeout(WAIT_S):
        return await stream.reader.read()


async def nothing_comes(stream: Stream) -> bool:
    """Neither bytes nor an end."""
    try:
        async with asyncio.timeout(A_WHILE_S):
            await stream.reader.read(1)
    except TimeoutError:
        return True
    return False


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - many different things are waited for
            await asyncio.sleep(0.01)


async def test_without_a_fault_everything_passes_both_ways_and_so_does_the_end() -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        assert await answer(client, LONG) == LONG
        assert proxy.longest_answer == len(LONG)
        client.writer.close()
        await until(lambda: echo.ended == 1)
    assert (proxy.connections, proxy.cuts) == (1, 0)


@pytest.mark.parametrize(("way", "reached"), [("up", b""), ("down", b"more"), ("both", b"")])
async def test_a_blackhole_holds_its_way_back_and_lets_go_when_it_heals(way: str, reached: bytes) -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        assert await answer(client, b"hello") == b"hello"
        proxy.fault = Fault(silent=way)  # type: ignore[arg-type]
        client.writer.write(b"more")
        assert await nothing_comes(client)
        await until(lambda: echo.heard == [b"hello" + reached])
        proxy.fault = PASS
        assert await heard(client, 4) == b"more"


async def test_nobody_learns_of_an_end_during_a_blackhole() -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        await answer(client, b"hello")
        proxy.fault = Fault(silent="both")
        client.writer.close()
        await asyncio.sleep(A_WHILE_S)
        assert echo.ended == 0
        proxy.fault = PASS
        await until(lambda: echo.ended == 1)


async def test_who_comes_during_a_blackhole_is_let_in_after_it_and_who_left_was_never_there() -> None:
    async with echoing() as (echo, proxy):
        proxy.fault = Fault(silent="both")
        async with client_of(proxy) as patient:
            async with client_of(proxy) as left:
                left.writer.write(b"anybody?")
                await left.writer.drain()
            patient.writer.write(b"hello")
            assert await nothing_comes(patient)
            proxy.fault = PASS
            assert await heard(patient, 5) == b"hello"
            assert await nothing_comes(patient)
    assert echo.heard == [b"hello"]


@pytest.mark.parametrize("end", ["reset", "close"])
async def test_an_answer_is_cut_after_so_many_bytes(end: str) -> None:
    async with echoing() as (echo, proxy):
        proxy.plan = lambda number: Fault(cut_after=1000, end=end)  # type: ignore[arg-type]
        async with client_of(proxy) as client:
            client.writer.write(LONG)
            assert await heard(client, 1000) == LONG[:1000]
            if end == "reset":
                with pytest.raises(ConnectionResetError):
                    await rest(client)
            else:
                assert await rest(client) == b""
        await until(lambda: echo.ended == 1)
    assert proxy.cuts == 1


async def test_a_cut_into_a_blackhole_is_silent() -> None:
    async with echoing() as (_, proxy):
        proxy.plan = lambda number: Fault(cut_after=3, end="blackhole")
        async with client_of(proxy) as client:
            client.writer.write(b"hello")
            assert await heard(client, 3) == b"hel"
            assert await nothing_comes(client)


async def test_a_request_is_cut_counted_from_when_the_fault_was_set() -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        await answer(client, b"hello")
        proxy.fault = Fault(cut_request_after=2, end="close")
        client.writer.write(b"world")
        assert (await rest(client)) in (b"", b"wo")
        await until(lambda: echo.ended == 1)
    assert echo.heard == [b"hellowo"]
    assert proxy.cuts == 0


async def test_bytes_are_inverted_from_a_place_on_each_way() -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        await answer(client, b"hello")
        proxy.fault = Fault(corrupt_after=3)
        assert await answer(client, b"abcdef") == b"abc" + b"def".translate(INVERTED)
        proxy.fault = Fault(corrupt_request_after=1)
        assert await answer(client, b"xyz") == b"x" + b"yz".translate(INVERTED)
        assert echo.heard == [b"helloabcdefx" + b"yz".translate(INVERTED)]


@pytest.mark.parametrize("how", ["reset", "close"])
async def test_all_living_connections_break_when_told_and_new_ones_are_well(how: str) -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        await answer(client, b"hello")
        proxy.drop(how)  # type: ignore[arg-type]
        if how == "reset":
            with pytest.raises(ConnectionResetError):
                await rest(client)
        else:
            assert await rest(client) == b""
        await until(lambda: echo.ended == 1)
        async with client_of(proxy) as another:
            assert await answer(another, b"again") == b"again"


async def test_new_connections_are_refused_and_living_ones_go_on() -> None:
    async with echoing() as (echo, proxy), client_of(proxy) as client:
        await answer(client, b"hello")
        proxy.fault = Fault(refuse=True)
        async with client_of(proxy) as refused:
            with pytest.raises(ConnectionResetError):
                await rest(refused)
        assert await answer(client, b"still here") == b"still here"
        assert len(echo.heard) == 1


async def test_delay_jitter_and_a_low_rate_keep_every_byte_in_its_order() -> None:
    async with echoing() as (_, proxy), client_of(proxy) as client:
        proxy.fault = Fault(delay_s=0.05, jitter_s=0.05, rate=1e6)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        assert await answer(client, LONG) == LONG
        assert loop.time() - began_s >= 2 * 0.05 + len(LONG) / 1e6


async def test_what_is_answered_instead_and_what_is_unheard_never_reach_the_server() -> None:
    async with echoing() as (echo, proxy):
        proxy.plan = lambda number: Fault(instead=b"no") if number == 0 else Fault(unheard=True, end="close")
        for expected in (b"no", b""):
            async with client_of(proxy) as client:
                client.writer.write(b"hello")
                assert await rest(client) == expected
    assert echo.heard == []


async def test_a_server_that_moved_is_found_and_one_that_is_gone_ends_the_connection() -> None:
    async with echoing() as (echo, moved), fault_proxy("127.0.0.1", 9) as proxy:
        async with client_of(proxy) as client:
            client.writer.write(b"hello")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await heard(client, 1)
        host, port = moved.url.removeprefix("http://").split(":")
        proxy.lead_to(host, int(port))
        async with client_of(proxy) as client:
            assert await answer(client, b"hello") == b"hello"
        assert len(echo.heard) == 1
