"""Runs the app: listens, says where, and ends cleanly when a signal says so."""

import asyncio
import errno
import gc
import json
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from aiohttp import web

from backend.app import DOORS, HUB, OPERATORS, create_app
from backend.data_dir import DATABASE, DamagedFile, load_account
from backend.http.connection import DoorRunner
from backend.http.site import TurnsSite
from backend.logs import log_loop_trouble
from backend.open_files import TooFewFiles, make_room_for
from backend.operators.access import OperatorsUnusable
from backend.ports import NewerStore, StoreUnavailable
from backend.settings import Settings

SHUTDOWN_S = 2.0
"""How long a request that is under way may take when the server stops; aiohttp waits twice as long."""


class CannotServe(Exception):
    """Why this server cannot start, as a sentence for the person who started it."""


async def start(
    settings: Settings, host: str, port: int, make_app: Callable[[Settings], web.Application] = create_app
) -> web.AppRunner:
    """Serve until what this returns is given to `stop`. Raises CannotServe."""
    settings = _with_room(settings)
    app = _make_app(settings, make_app)
    runner = DoorRunner(app, app[DOORS], shutdown_timeout=SHUTDOWN_S)
    try:
        await runner.setup()
        await TurnsSite(runner, host, port, runner.app[DOORS].turns).start()
    except OperatorsUnusable as error:
        await runner.cleanup()
        raise CannotServe(str(error)) from error
    except StoreUnavailable as error:
        await runner.cleanup()
        raise _database_unusable(settings, error) from error
    except (OSError, UnicodeError) as error:
        await runner.cleanup()
        raise _place_unusable(host, port, error) from error
    return runner


async def stop(runner: web.AppRunner) -> None:
    """Stop in three steps, in less than 15 s whatever the clients do.

    First /ready says no while /health goes on, so that a load balancer sends no more clients; then those
    connected are told to reconnect, and closed; then the server stops listening and ends what is left.
    """
    await runner.app[HUB].drain()
    await runner.cleanup()


def _with_room(settings: Settings) -> Settings:
    """These settings, with as many connections as the system lets this process hold."""
    try:
        connections = make_room_for(settings.max_connections)
    except TooFewFiles as error:
        raise CannotServe(str(error)) from error
    return replace(settings, max_connections=connections)


def _make_app(settings: Settings, make_app: Callable[[Settings], web.Application]) -> web.Application:
    try:
        return make_app(settings)
    except (OSError, DamagedFile) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CannotServe(
            f"The data folder {settings.data_dir} cannot be used ({why}). "
            "Repair it, or choose another folder: --data folder"
        ) from error


def _place_unusable(host: str, port: int, error: OSError | UnicodeError) -> CannotServe:
    if isinstance(error, UnicodeError | socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return CannotServe(f"{host} is no address of this machine. Choose another one: --host 127.0.0.1")
    return CannotServe(
        f"Port {port} on {host} cannot be used ({error.strerror}). Choose another one: --port 8001"
    )


def _database_unusable(settings: Settings, error: StoreUnavailable) -> CannotServe:
    if error.in_use:
        advice = "Stop the other server, or the program, that uses it"
    elif isinstance(error, NewerStore):
        advice = f"Start the newer version, put {DATABASE} back from a copy that is older"
    elif error.blocked:
        # No word of a copy: an old one would take the place of a file that is in order.
        advice = f"See that {DATABASE} may be written, and that its disk has room"
    else:
        advice = f"Put {DATABASE} back from a copy"
    return CannotServe(
        f"The data folder {settings.data_dir} cannot be used ({error}). {advice}, "
        "or choose another folder: --data folder"
    )


def keep_collections_short() -> None:
    """Call once the server is there: what it consists of is no garbage, and to look through it takes 140 ms.

    Python does so again and again while requests come fast.
    """
    gc.collect()
    gc.freeze()


def tell(text: str) -> None:
    """Print at once. Where that fails (a log on a full disk, a closed pipe) the server goes on."""
    with suppress(OSError):
        print(text, flush=True)


def serve(settings: Settings, host: str, port: int, say: Callable[[str], None] = tell) -> int:
    """Serve until told to stop. Returns the process's exit code."""
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(settings, host, port, say))
    except CannotServe as error:
        say(str(error))
        return 1
    return 0


async def _serve(settings: Settings, host: str, port: int, say: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_loop_trouble)
    for number in _stop_signals():
        loop.add_signal_handler(number, stopped.set)
    runner = await start(settings, host, port)
    keep_collections_short()
    admin_url = runner.app[OPERATORS].url if OPERATORS in runner.app else ""
    say(_greeting(replace(settings, public_url=_with_port(settings.public_url, runner)), admin_url))
    try:
        await stopped.wait()
    finally:
        await stop(runner)


def _stop_signals() -> list[signal.Signals]:
    """The signals that stop this server in good order; the default of each would cut off all talks.

    A terminal that is closed sends SIGHUP. Under `nohup` that is ignored, and stays so.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


def _with_port(url: str, runner: web.AppRunner) -> str:
    """The address with the port that the system chose, where it was left the choice (0)."""
    return f"{url[:-1]}{runner.addresses[0][1]}" if url.endswith(":0") else url


def _greeting(settings: Settings, admin_url: str = "") -> str:
    url = settings.public_url
    lines = [f"Speak:   {url}/speaker/", f"Listen:  {url}/listener/"]
    if settings.dev:
        account = load_account(settings.data_dir)
        lines.append(f"Sign in: {account.email} with {json.dumps(account.password)}")
    if admin_url:
        lines.append(f"Status:  {admin_url}/status")
    return "\n".join(lines)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop's where there is one: it halves the cost of a delivery."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
