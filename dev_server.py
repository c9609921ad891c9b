"""Lectern on this machine: `python dev_server.py`, then open the address it prints."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from backend import option_values as values
from backend.figures.anew import ask_anew
from backend.logs import set_up_logs
from backend.open_files import DEFAULT_CONNECTIONS, open_standard_files
from backend.rollout.overlay import Overlay
from backend.serving import serve
from backend.settings import AdminSettings, GatewayTimes, Limits, Settings, TokenSettings

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 24 * 3600.0

DATA_DIR = Path(__file__).resolve().parent / ".data"


def main() -> int:
    """Read the command line and serve until stopped; returns the exit code."""
    open_standard_files()
    options = read_options()
    set_up_logs(options.log_level)
    if options.clear_rollout_guard:
        return clear_rollout_guard(options.data)
    if options.judge_anew:
        return judge_anew(options.data)
    settings = Settings(
        data_dir=options.data,
        public_url=f"http://{values.url_host(options.host)}:{options.port}",
        allowed_origins=tuple(options.origin),
        connect_origins=tuple(options.connect_origin),
        max_connections=options.max_connections,
        trusted_proxies=tuple(network for networks in options.trusted_proxies for network in networks),
        dev=not options.issuer,
        query_tokens=options.query_tokens,
        rotate_refresh_tokens=options.rotate_refresh_tokens,
        admin=admin_settings(options),
        gateway=GatewayTimes().faster(options.gateway_clock or 1) if options.gateway else None,
        limits=Limits(
            grace_s=options.grace,
            max_listeners=options.max_listeners,
            listeners_bound=options.listeners_bound,
            creations_per_hour=options.creations_per_hour,
            changes_per_minute=options.changes_per_minute,
            session_s=options.session_hours * HOUR_S,
            first_join_s=options.first_join_minutes * MINUTE_S,
            keep_ended_s=options.keep_ended_days * DAY_S,
            idempotency_s=options.idempotency_hours * HOUR_S,
        ),
        tokens=TokenSettings(issuer=options.issuer, audience=options.audience, jwks_url=options.jwks_url),
    )
    return serve(settings, options.host, options.port)


def clear_rollout_guard(data_dir: Path) -> int:
    """Returns the exit code. A server that runs meanwhile goes on."""
    return _leave_word(Overlay(data_dir).clear, "The rollout guard cannot be cleared")


def judge_anew(data_dir: Path) -> int:
    """Returns the exit code. A server that runs meanwhile goes on."""
    return _leave_word(partial(ask_anew, data_dir), "Nothing can be begun anew")


def _leave_word(leave: Callable[[], str], trouble: str) -> int:
    """Do what a server on this data folder finds, also one that runs; tell it, and return the exit code."""
    try:
        print(leave())
    except OSError as error:
        print(f"{trouble}: {error.strerror}: {error.filename}")
        return 1
    return 0


def read_options() -> argparse.Namespace:
    """The command line. Exits with 2 and a sentence for what makes no sense."""
    parser = option_parser()
    options = parser.parse_args()
    if bool(options.issuer) != bool(options.audience) or (options.jwks_url and not options.issuer):
        parser.error("a user pool takes --issuer and --audience, and --jwks-url only with them")
    if options.gateway_clock and not options.gateway:
        parser.error("--gateway-clock is the clock of --gateway aws")
    return options


def admin_settings(options: argparse.Namespace) -> AdminSettings | None:
    """Where operators look; unless told otherwise on this machine, at the port after the public one."""
    if options.admin == values.OFF:
        return None
    if options.admin is None:
        port = options.port + 1 if 0 < options.port < values.LAST_PORT else 0
        return AdminSettings(port=port, or_any_port=True, token_file=options.admin_token_file)
    host, port = options.admin
    return AdminSettings(host=host, port=port, token_file=options.admin_token_file)


def option_parser() -> argparse.ArgumentParser:
    """What may stand on the command line; docs/configuration.md explains each option."""
    parser = argparse.ArgumentParser(description="Serve Lectern for development.")
    _add_place(parser.add_argument_group("where it runs"))
    _add_bounds(parser.add_argument_group("bounds"))
    _add_user_limits(parser.add_argument_group("what a user may do"))
    _add_expiry(parser.add_argument_group("how long things are kept"))
    _add_pages(parser.add_argument_group("pages and proxies"))
    _add_sign_in(parser.add_argument_group("sign-in"))
    _add_operators(parser.add_argument_group("for operators"))
    _add_gateway(parser.add_argument_group("trying it behind a gateway"))
    return parser


def _add_place(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--host", type=values.host, default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=values.port, default=8000, help="port to listen on (default: %(default)s)")
    add("--data", type=values.folder, default=DATA_DIR, help="folder for database, keys and config")
    add(
        "--clear-rollout-guard",
        action="store_true",
        help="follow config.json again after the rollout guard fell back, and end",
    )
    add(
        "--judge-anew",
        action="store_true",
        help="let /status compare from now on only what is counted from now on, and end",
    )
    add(
        "--log-level",
        type=str.upper,
        default="INFO",
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="the least that is logged (default: %(default)s)",
    )


def _add_bounds(group: argparse._ArgumentGroup) -> None:
    limits, add = Limits(), group.add_argument
    add(
        "--max-listeners",
        type=values.count,
        default=limits.max_listeners,
        help="listeners a session may have (default: %(default)s)",
    )
    add(
        "--listeners-bound",
        type=values.count,
        default=limits.listeners_bound,
        help="how many a speaker may raise that to (default: %(default)s)",
    )
    add(
        "--max-connections",
        type=values.count,
        help=f"connections this server may hold (default: {DEFAULT_CONNECTIONS}, or what the system allows)",
    )
    add(
        "--grace",
        type=values.positive_number,
        default=limits.grace_s,
        help="seconds a session waits for its speaker (default: %(default)s)",
    )


def _add_user_limits(group: argparse._ArgumentGroup) -> None:
    limits, add = Limits(), group.add_argument
    add(
        "--creations-per-hour",
        type=values.count,
        default=limits.creations_per_hour,
        help="sessions that a user may create (default: %(default)s)",
    )
    add(
        "--changes-per-minute",
        type=values.count,
        default=limits.changes_per_minute,
        help="how often a user may change sessions; ending one is always possible (default: %(default)s)",
    )


def _add_expiry(group: argparse._ArgumentGroup) -> None:
    limits = Limits()
    _add_time(group, "--session-hours", limits.session_s / HOUR_S, "life of a session")
    _add_time(
        group, "--first-join-minutes", limits.first_join_s / MINUTE_S, "wait for a speaker who never came"
    )
    _add_time(group, "--keep-ended-days", limits.keep_ended_s / DAY_S, "how long ended sessions are kept")
    _add_time(
        group,
        "--idempotency-hours",
        limits.idempotency_s / HOUR_S,
        "how long a repeated creation is answered as before",
    )


def _add_time(group: argparse._ArgumentGroup, name: str, default: float, help_text: str) -> None:
    """An option whose last word is its unit."""
    group.add_argument(
        name, type=values.positive_number, default=default, help=f"{help_text} (default: {default:g})"
    )


def _add_pages(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--origin",
        action="append",
        default=[],
        type=values.page_origin,
        help="origin of pages hosted elsewhere",
    )
    add(
        "--connect-origin",
        action="append",
        default=[],
        type=values.connect_origin,
        help="what else the pages may call",
    )
    add(
        "--trusted-proxies",
        action="append",
        default=[],
        type=values.networks,
        metavar="NETWORKS",
        help="addresses of reverse proxies, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For counts",
    )


def _add_sign_in(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--issuer",
        type=values.web_address,
        default="",
        help="user pool whose id tokens count, instead of the dev pool",
    )
    add("--audience", type=str.strip, default="", help="id of the pool's app client")
    add(
        "--jwks-url",
        type=values.web_address,
        default="",
        help="the pool's keys (default: the usual place at its issuer)",
    )
    add("--no-query-tokens", dest="query_tokens", action="store_false", help="refuse ?token=")
    add(
        "--rotate-refresh-tokens",
        action="store_true",
        help="each refresh gives a new refresh token (dev pool)",
    )


def _add_operators(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--admin",
        type=values.admin_place,
        metavar="HOST:PORT",
        help="where /status and /metrics are, or off (default: 127.0.0.1 and the port after --port)",
    )
    add(
        "--admin-token-file",
        type=values.folder,
        metavar="FILE",
        help="holds the token that operators send; needed where others reach --admin",
    )


def _add_gateway(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--gateway", type=str.lower, choices=["aws"], help="play this gateway in front of WebSockets")
    add(
        "--gateway-clock",
        type=values.positive_number,
        metavar="N",
        help="how many times faster its clock runs",
    )


if __name__ == "__main__":
    sys.exit(main())
