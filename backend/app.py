"""The composition root: builds every part, hands each part what it needs, starts and stops them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from backend.bus import LocalBus
from backend.clock import SystemClock
from backend.data_dir import (
    CLIENT_ID,
    COGNITO_PATH,
    CONFIG,
    DATABASE,
    POOL_ID,
    load_account,
    load_signing_key,
    make_config,
)
from backend.doors import Doors
from backend.figures.anew import takes_anew
from backend.figures.intake import Intake
from backend.figures.intake_api import FiguresApi
from backend.figures.minutes import Minutes
from backend.figures.rollout_setting import percent_asked, read_setting
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
from backend.loop_lag import LoopWatch
from backend.metrics import Metrics
from backend.operators.routes import OperatorRoutes
from backend.operators.socket import OperatorsSocket
from backend.operators.status_data import StatusData
from backend.parts import Parts, make_parts
from backend.ports import Account, Bus, Clock, Storage, StoreUnavailable
from backend.rollout.guard import RolloutWatch
from backend.rollout.overlay import Overlay
from backend.service import SessionService
from backend.settings import Settings
from backend.sqlite_storage import SqliteStorage
from backend.ws.endpoint import WebSocketEndpoint

API_VERSION = "1"

POOL = web.AppKey("pool", DevPool)
"""The dev pool, in dev only."""
SERVICE = web.AppKey("service", SessionService)
HUB = web.AppKey("hub", Hub)
METRICS = web.AppKey("metrics", Metrics)
DOORS = web.AppKey("doors", Doors)
MINUTES = web.AppKey("minutes", Minutes)
OPERATORS = web.AppKey("operators", OperatorsSocket)
"""Their socket, if there is one."""


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
    clock = clock or SystemClock()
    storage = storage or SqliteStorage(settings.data_dir / DATABASE, settings.limits, clock)
    parts = make_parts(settings, storage, bus or LocalBus(), clock)
    app = web.Application(client_max_size=settings.limits.http_body_bytes)
    app[SERVICE], app[HUB], app[METRICS] = parts.service, parts.hub, parts.metrics
    app[DOORS] = parts.doors
    RequestMiddleware(parts.origins, parts.doors, parts.metrics, clock).install(app)
    demo = load_account(settings.data_dir) if settings.dev else None
    pool = _dev_pool(settings, demo, storage, clock) if demo else None
    verifier = _verifier(settings, pool, clock)
    if pool is not None and demo is not None:
        app[POOL] = pool
        make_config(settings.data_dir)
        read_call = partial(_read_pool_call, parts.doors)
        app.add_routes(CognitoApi(pool, verifier, clock, read_call).routes())
        app.add_routes(DevAccountApi(demo, parts.origins).routes())
    app.cleanup_ctx.append(partial(_run, parts, pool))
    app.cleanup_ctx.append(partial(_background, parts.doors.keeper.run))
    app.cleanup_ctx.append(partial(_background, tell_repeats))
    operations = _serve_public(app, parts, verifier)
    _count_figures(app, parts, operations)
    return app


def _serve_public(app: web.Application, parts: Parts, verifier: TokenVerifier) -> OperationsApi:
    """Add the routes of the public socket; returns those that operators are served as well."""
    settings, metrics, doors, clock = parts.settings, parts.metrics, parts.doors, parts.clock
    description = json.dumps(openapi.describe(API_VERSION, settings.limits.most_listeners(0)))
    operations = OperationsApi(parts.service, description)
    live = WebSocketEndpoint(
        service=parts.service,
        hub=parts.hub,
        verifier=verifier,
        settings=settings,
        origins=parts.origins,
        doors=doors,
        metrics=metrics,
        clock=clock,
    )
    app.add_routes(SessionsApi(parts.service, verifier, doors, metrics, clock).routes())
    app.add_routes(operations.routes())
    app.add_routes(live.routes())
    app.add_routes(StaticFiles(settings, doors.turn).routes())
    intake = Intake(metrics, settings.limits, clock)
    app.add_routes(FiguresApi(doors, parts.origins, intake).routes())
    return operations


def _count_figures(app: web.Application, parts: Parts, operations: OperationsApi) -> None:
    """Keep the counts of each minute, and show them to operators if they have a socket."""
    settings, metrics, clock = parts.settings, parts.metrics, parts.clock
    config, overlay = settings.data_dir / CONFIG, Overlay(settings.data_dir)
    read = partial(read_setting, config, overlay.served)
    rollout = RolloutWatch(config, overlay, parts.storage.sessions.days_per_user, clock)
    minutes = Minutes(
        parts.storage.figures,
        metrics,
        clock,
        read_setting=read,
        look=rollout.look,
        takes_anew=partial(takes_anew, settings.data_dir),
    )
    app[MINUTES] = minutes
    watch = LoopWatch(metrics.loop_lag, clock)
    metrics.add_gauge(
        "lectern_rollout_percent",
        "For how many users of a hundred the served config asks to create over HTTP; -1 while unknown.",
        (),
        lambda: {(): percent_asked(read())},
    )
    app.cleanup_ctx.append(partial(_keep_minutes, minutes))
    app.cleanup_ctx.append(partial(_background, watch.run))
    if settings.admin is not None:
        data = StatusData(
            minutes=minutes,
            users=parts.users,
            hub=parts.hub,
            watch=watch,
            judging=rollout,
            limits=settings.limits,
            clock=clock,
        )
        routes = OperatorRoutes(
            settings=settings,
            metrics=metrics,
            operations=operations,
            data=data,
            turn=parts.doors.turn,
            clock=clock,
        )
        operators = OperatorsSocket(settings.admin, routes.routes(), parts.doors)
        app[OPERATORS] = operators
        app.cleanup_ctx.append(operators.run)


async def _run(parts: Parts, pool: DevPool | None, _: web.Application) -> AsyncIterator[None]:
    """From the first request to the last."""
    storage, service, hub = parts.storage, parts.service, parts.hub
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


async def _keep_minutes(minutes: Minutes, _: web.Application) -> AsyncIterator[None]:
    await minutes.start()
    yield
    await minutes.stop()


async def _background(
    work: Callable[[], Coroutine[Any, Any, None]], _: web.Application
) -> AsyncIterator[None]:
    """Run this while the server runs."""
    task = asyncio.create_task(work())
    yield
    task.cancel()


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
