"""The composition root: builds every part, hands each part what it needs, starts and stops them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

from aiohttp import web

from backend.action_log import ActionLog
from backend.bus import LocalBus
from backend.clock import SystemClock
from backend.data_dir import (
    CLIENT_ID,
    COGNITO_PATH,
    DATABASE,
    POOL_ID,
    load_account,
    load_secret,
    load_signing_key,
    make_config,
)
from backend.doorkeeper import Doorkeeper
from backend.doors import Doors, make_doors
from backend.http import openapi
from backend.http.dev_account import DevAccountApi
from backend.http.middleware import RequestMiddleware, read_body
from backend.http.operations_api import OperationsApi
from backend.http.sessions_api import SessionsApi
from backend.http.static_files import StaticFiles
from backend.identity.accounts import OneAccount
from backend.identity.cognito_api import CognitoApi
from backend.identity.dev_pool import DevPool
from backend.identity.jwks import fetch_keys
from backend.identity.pool_keys import FetchedKeys, FixedKeys
from backend.identity.token_verifier import TokenVerifier
from backend.live.hub import Hub
from backend.logs import tell_repeats
from backend.metrics import Metrics
from backend.origins import Origins
from backend.ports import Account, Bus, Clock, Storage, StoreUnavailable
from backend.proxies import TrustedProxies
from backend.service import SessionService
from backend.session_numbers import NumbersKeeper
from backend.sessions.ends_in_memory import EndsInMemory
from backend.sessions.lifecycle import SessionLifecycle
from backend.settings import Settings
from backend.sqlite_storage import SqliteStorage
from backend.write_limit import WriteLimit
from backend.ws.endpoint import WebSocketEndpoint

API_VERSION = "1"

POOL = web.AppKey("pool", DevPool)
"""The dev pool, in dev only."""
SERVICE = web.AppKey("service", SessionService)
HUB = web.AppKey("hub", Hub)
METRICS = web.AppKey("metrics", Metrics)
DOORS = web.AppKey("doors", Doors)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    storage: Storage | None = None,
    bus: Bus | None = None,
) -> web.Application:
    """The whole server. Makes what is missing in the data folder; opens nothing before it starts.

    Without other ports it stores in SQLite, is alone, and goes by the computer's clock.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    limits = settings.limits
    metrics = Metrics()
    proxies = TrustedProxies(settings.trusted_proxies)
    origins = Origins(settings.allowed_origins, dev=settings.dev, proxies=proxies)
    clock = clock or SystemClock()
    doors = make_doors(proxies, settings.max_connections, metrics, limits, clock)
    storage = storage or SqliteStorage(settings.data_dir / DATABASE, limits, clock)
    hub = Hub(limits, metrics, clock)
    service = _service(settings, storage, hub, bus or LocalBus(), doors)
    metrics.add_gauge("lectern_connected", "Connected people.", ("role",), hub.count)

    app = web.Application(client_max_size=limits.http_body_bytes)
    app[SERVICE], app[HUB], app[METRICS], app[DOORS] = service, hub, metrics, doors
    RequestMiddleware(origins, doors, metrics, clock).install(app)
    demo = load_account(settings.data_dir) if settings.dev else None
    pool = _dev_pool(settings, demo, storage, clock) if demo else None
    verifier = _verifier(settings, pool, clock)
    if pool is not None and demo is not None:
        app[POOL] = pool
        make_config(settings.data_dir)
        app.add_routes(CognitoApi(pool, verifier, clock, partial(_read_pool_call, doors)).routes())
        app.add_routes(DevAccountApi(demo, origins).routes())
    description = json.dumps(openapi.describe(API_VERSION, limits.most_listeners(0)))
    app.add_routes(SessionsApi(service, verifier, doors, metrics, clock).routes())
    app.add_routes(OperationsApi(service, metrics, description, clock).routes())
    live = WebSocketEndpoint(
        service=service,
        hub=hub,
        verifier=verifier,
        settings=settings,
        origins=origins,
        doors=doors,
        metrics=metrics,
        clock=clock,
    )
    app.add_routes(live.routes())
    app.add_routes(StaticFiles(settings, doors.turn).routes())
    app.cleanup_ctx.append(partial(_run, storage, service, hub, pool))
    app.cleanup_ctx.append(partial(_sweep, doors.keeper))
    app.cleanup_ctx.append(_tell_repeats)
    return app


async def _run(
    storage: Storage, service: SessionService, hub: Hub, pool: DevPool | None, _: web.Application
) -> AsyncIterator[None]:
    """From the first request to the last."""
    try:
        await storage.open()
        if pool is not None:
            with suppress(StoreUnavailable):
                await pool.forget_old_tokens()
        await service.start()
        hub.start()
        yield
        hub.stop()
        await service.stop()
    finally:
        await storage.close()


async def _read_pool_call(doors: Doors, request: web.Request) -> bytes:
    """The body of a call to the built-in pool. Raises Problem."""
    doors.refuse_flood(request, doors.pool_calls.take(doors.address(request)))
    return await read_body(request)


async def _sweep(keeper: Doorkeeper, _: web.Application) -> AsyncIterator[None]:
    sweeping = asyncio.create_task(keeper.run())
    yield
    sweeping.cancel()


async def _tell_repeats(_: web.Application) -> AsyncIterator[None]:
    telling = asyncio.create_task(tell_repeats())
    yield
    telling.cancel()


def _service(settings: Settings, storage: Storage, hub: Hub, bus: Bus, doors: Doors) -> SessionService:
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
        limits=limits,
        clock=clock,
    )


def _dev_pool(settings: Settings, demo: Account, storage: Storage, clock: Clock) -> DevPool:
    issuer = f"{settings.public_url}{COGNITO_PATH}{POOL_ID}"
    key = load_signing_key(settings.data_dir)
    return DevPool(
        OneAccount(demo),
        storage.refresh_tokens,
        key,
        issuer=issuer,
        id_token_s=settings.id_token_s,
        rotate_refresh_tokens=settings.rotate_refresh_tokens,
        clock=clock,
    )


def _verifier(settings: Settings, pool: DevPool | None, clock: Clock) -> TokenVerifier:
    tokens = settings.tokens
    if not tokens.issuer:
        if pool is None:
            raise ValueError("Name the issuer of id tokens, or run in dev with the built-in pool.")
        return TokenVerifier(
            FixedKeys(pool.jwks()), issuer=pool.issuer, audience=CLIENT_ID, leeway_s=tokens.leeway_s
        )
    # A pool's keys stand at a fixed place below its issuer (OpenID Connect Discovery; Cognito's guide).
    url = tokens.jwks_url or f"{tokens.issuer.rstrip('/')}/.well-known/jwks.json"
    keys = FetchedKeys(
        partial(fetch_keys, url),
        refetch_every_s=tokens.refetch_every_s,
        keys_valid_s=tokens.keys_valid_s,
        clock=clock,
    )
    return TokenVerifier(keys, issuer=tokens.issuer, audience=tokens.audience, leeway_s=tokens.leeway_s)
