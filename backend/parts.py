"""What the rooms of one server share, built once."""

from typing import NamedTuple

from backend.action_log import ActionLog
from backend.data_dir import load_secret
from backend.doors import Doors, make_doors
from backend.figures.users import Users
from backend.live.hub import Hub
from backend.metrics import Metrics
from backend.origins import Origins
from backend.ports import Bus, Clock, Storage
from backend.proxies import TrustedProxies
from backend.service import SessionService
from backend.session_numbers import NumbersKeeper
from backend.sessions.ends_in_memory import EndsInMemory
from backend.sessions.lifecycle import SessionLifecycle
from backend.settings import Settings
from backend.write_limit import WriteLimit


class Parts(NamedTuple):
    """What the rooms of one server share."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    users: Users
    origins: Origins
    doors: Doors
    storage: Storage
    hub: Hub
    service: SessionService


def make_parts(settings: Settings, storage: Storage, bus: Bus, clock: Clock) -> Parts:
    """For a server with these settings. Raises OSError or DamagedFile for its data folder."""
    limits, metrics, users = settings.limits, Metrics(), Users(clock)
    proxies = TrustedProxies(settings.trusted_proxies)
    doors = make_doors(proxies, settings.max_connections, metrics, limits, clock)
    hub = Hub(limits, metrics, clock)
    metrics.add_gauge("lectern_connected", "Connected people.", ("role",), hub.count)
    metrics.add_gauge(
        "lectern_users", "Users with a signed-in creation in the last 24 hours.", ("mode",), users.count
    )
    return Parts(
        settings=settings,
        clock=clock,
        metrics=metrics,
        users=users,
        origins=Origins(settings.allowed_origins, dev=settings.dev, proxies=proxies),
        doors=doors,
        storage=storage,
        hub=hub,
        service=_service(settings, storage, hub, bus=bus, users=users, doors=doors),
    )


def _service(
    settings: Settings, storage: Storage, hub: Hub, *, bus: Bus, users: Users, doors: Doors
) -> SessionService:
    limits, secret, clock = settings.limits, load_secret(settings.data_dir), doors.clock
    store = EndsInMemory(storage.sessions)
    numbers = NumbersKeeper(storage.numbers, hub)
    return SessionService(
        store=store,
        lifecycle=SessionLifecycle(store, storage.creation_limit, limits, secret, clock),
        numbers=numbers,
        hub=hub,
        bus=bus,
        actions=ActionLog(clock),
        writes=WriteLimit(limits.changes_per_minute, doors.attacks, clock),
        users=users,
        limits=limits,
        clock=clock,
    )
