"""Lectern on this machine: `python dev_server.py`, then open the address it prints."""

import argparse
import sys
from pathlib import Path

from backend import option_values as values
from backend.logs import set_up_logs
from backend.serving import serve
from backend.settings import GatewayTimes, Limits, Settings, TokenSettings

DATA_DIR = Path(__file__).resolve().parent / ".data"


def main() -> int:
    """Read the command line and serve until stopped; returns the exit code."""
    options = _options()
    set_up_logs(options.log_level)
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
        gateway=GatewayTimes().faster(options.gateway_clock or 1) if options.gateway else None,
        limits=Limits(
            grace_s=options.grace,
            max_listeners=options.max_listeners,
            listeners_bound=options.listeners_bound,
        ),
        tokens=TokenSettings(issuer=options.issuer, audience=options.audience, jwks_url=options.jwks_url),
    )
    return serve(settings, options.host, options.port)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve Lectern for development.")
    parser.add_argument(
        "--host", type=values.host, default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=values.port, default=8000, help="port to listen on (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="folder for database, keys and config")
    parser.add_argument(
        "--max-listeners",
        type=values.count,
        default=Limits().max_listeners,
        help="listeners a session may have",
    )
    parser.add_argument(
        "--max-connections",
        type=values.count,
        help="connections this server may hold (default: 10000, or what the system allows)",
    )
    parser.add_argument(
        "--listeners-bound",
        type=values.count,
        default=Limits().listeners_bound,
        help="how many a speaker may raise that to (default: %(default)s)",
    )
    parser.add_argument(
        "--grace",
        type=values.positive_number,
        default=Limits().grace_s,
        help="seconds a session waits for its speaker",
    )
    parser.add_argument(
        "--trusted-proxies",
        action="append",
        default=[],
        type=values.networks,
        metavar="NETWORKS",
        help="addresses of reverse proxies, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For counts",
    )
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        type=values.page_origin,
        help="origin of pages hosted elsewhere",
    )
    parser.add_argument(
        "--issuer",
        type=values.web_address,
        default="",
        help="user pool whose id tokens count, instead of the dev pool",
    )
    parser.add_argument("--audience", default="", help="id of the pool's app client")
    parser.add_argument(
        "--jwks-url",
        type=values.web_address,
        default="",
        help="the pool's keys (default: the usual place at its issuer)",
    )
    parser.add_argument(
        "--connect-origin",
        action="append",
        default=[],
        type=values.connect_origin,
        help="what else the pages may call",
    )
    parser.add_argument("--no-query-tokens", dest="query_tokens", action="store_false", help="refuse ?token=")
    parser.add_argument(
        "--rotate-refresh-tokens",
        action="store_true",
        help="each refresh gives a new refresh token (dev pool)",
    )
    parser.add_argument("--gateway", choices=["aws"], help="play this gateway in front of WebSockets")
    parser.add_argument(
        "--gateway-clock",
        type=values.positive_number,
        metavar="N",
        help="how many times faster its clock runs",
    )
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    options = parser.parse_args()
    if bool(options.issuer) != bool(options.audience) or (options.jwks_url and not options.issuer):
        parser.error("a user pool takes --issuer and --audience, and --jwks-url only with them")
    if options.gateway_clock and not options.gateway:
        parser.error("--gateway-clock is the clock of --gateway aws")
    return options


if __name__ == "__main__":
    sys.exit(main())
