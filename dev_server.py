"""Lectern on this machine: `python dev_server.py`, then open the address it prints."""

import argparse
import sys
from pathlib import Path

from backend.logs import set_up_logs
from backend.serving import serve
from backend.settings import Limits, Settings

DATA_DIR = Path(__file__).resolve().parent / ".data"


def main() -> int:
    """Read the command line and serve until stopped; returns the exit code."""
    parser = argparse.ArgumentParser(description="Serve Lectern for development.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="folder for database, keys and config")
    parser.add_argument("--max-listeners", type=int, default=500, help="listeners a session may have")
    parser.add_argument("--grace", type=float, default=120, help="seconds a session waits for its speaker")
    parser.add_argument("--origin", action="append", default=[], help="origin of pages hosted elsewhere")
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    options = parser.parse_args()
    set_up_logs(options.log_level)
    settings = Settings(
        data_dir=options.data,
        public_url=f"http://{options.host}:{options.port}",
        allowed_origins=tuple(options.origin),
        limits=Limits(grace_s=options.grace, max_listeners=options.max_listeners),
    )
    return serve(settings, options.host, options.port)


if __name__ == "__main__":
    sys.exit(main())
