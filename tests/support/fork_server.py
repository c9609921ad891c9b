"""Starts servers that are meant to be killed: `python -m tests.support.fork_server <folder>`.

A line on standard input starts one, and its `{"pid", "port"}` is printed. Importing everything
takes longer than serving, so it is done once, and each server is a fork of this process.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from backend.serving import keep_collections_short, loop_factory, start
from backend.settings import Limits, Settings

HOST = "127.0.0.1"


async def _serve(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, limits=Limits(creations_per_hour=100_000, grace_s=3600))
    runner = await start(settings, HOST, 0)
    keep_collections_short()
    print(json.dumps({"pid": os.getpid(), "port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve one after the other until standard input ends."""
    data_dir = Path(sys.argv[1])
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(_serve(data_dir))
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
