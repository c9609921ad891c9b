"""Fan-out in figures: `make bench-fanout`.

One server process on one core, the load client on another, 50 frames a second of 100 bytes to
1,000, 2,000 and 4,000 listeners; ours beside a C loop of send() and the peers that are installed.
Timings are those of this machine on this day: read them beside each other, on a quiet machine.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.fanout_peers import peers
from tests.bench.fanout_servers import (
    CLIENT_CORE,
    HOST,
    LECTERN,
    Contender,
    Target,
    compiled,
    floor_and_ours,
    on_core,
    running,
)

SIZES = (1000, 2000, 4000)
HEADS = ("delivered", "  p50 ms", "  p99 ms", "CPU us/delivery", "x floor", "kB/listener")
FRAMES_PER_S = 50
WARM_UP_FRAMES = 100
SETTLE_S = 1.0
SLOW_RUN_S = 20
ALL, DEAD, SLOW = 200, 20, 20


class Load(NamedTuple):
    """One run's listeners, and for how long they are measured."""

    listeners: int
    seconds: int
    dead: int = 0
    slow: int = 0

    @property
    def good(self) -> int:
        """Listeners that read all they get."""
        return self.listeners - self.dead - self.slow


class Figures(NamedTuple):
    """What came of it."""

    load: Load
    heard: dict[str, Any]
    cpu_s: float
    bytes_per_listener: float

    @property
    def due(self) -> int:
        """Deliveries to the good listeners if none is lost."""
        return self.load.good * self.load.seconds * FRAMES_PER_S

    @property
    def delivered(self) -> float:
        """Percent."""
        return 100 * float(self.heard["heard"]) / self.due

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor per delivery."""
        return 1e6 * self.cpu_s / max(1, int(self.heard["heard"]))


def main() -> None:
    """Print the tables."""
    options = _options()
    if not Path("/proc/self/statm").exists():
        raise SystemExit("This benchmark reads /proc and uses epoll: it runs on Linux only.")
    _allow_many_files()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {options.seconds} s a run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        client = compiled("listeners", folder)
        everybody = [*floor_and_ours(folder), *peers(folder)]
        rivals = [one for one in everybody if options.only in one.name]
        for size in options.listeners:
            compare(client, rivals, Load(size, options.seconds))
        if not options.only or options.only in LECTERN:
            bad_listeners(client, next(one for one in rivals if one.name == LECTERN))


def compare(client: str, rivals: list[Contender], load: Load) -> None:
    """All contenders under the same load; the first is the floor."""
    print(f"\n{load.listeners} listeners".ljust(25), *HEADS)
    floor = 0.0
    for contender in rivals:
        got = measure(client, contender, load)
        floor = floor or got.cpu_us
        values = (
            f"{got.delivered:.2f} %",
            f"{got.heard['p50_ms']:.1f}",
            f"{got.heard['p99_ms']:.1f}",
            f"{got.cpu_us:.2f}",
            f"{got.cpu_us / floor:.2f}",
            f"{got.bytes_per_listener / 1000:.1f}",
        )
        cells = (value.rjust(len(head)) for value, head in zip(values, HEADS, strict=True))
        print(contender.name.ljust(24), *cells, flush=True)


def bad_listeners(client: str, lectern: Contender) -> None:
    """What dead and slow listeners do to the others."""
    print(f"\n{ALL} listeners, of whom {DEAD} never read and {SLOW} read at half the rate")
    alone = measure(client, lectern, Load(ALL - DEAD - SLOW, SLOW_RUN_S))
    among = measure(client, lectern, Load(ALL, SLOW_RUN_S, dead=DEAD, slow=SLOW))
    for name, got in (("the others, by themselves", alone), ("the others, among them", among)):
        lost, heard = got.due - got.heard["heard"], got.heard
        print(f"{name:<26} lost {lost}, p50 {heard['p50_ms']:.1f} ms, p99 {heard['p99_ms']:.1f} ms")
    heard = among.heard
    print(f"{heard['dead_closed']} dead closed, the last after {heard['dead_closed_after_s']:.1f} s")
    part = 100 * heard["slow_heard"] / (SLOW * SLOW_RUN_S * FRAMES_PER_S)
    print(f"{heard['slow_closed']} slow closed; they heard {part:.0f} % of the sound")
    print(f"frames doubled or out of order: {heard['disordered']}")


def measure(client: str, contender: Contender, load: Load) -> Figures:
    """One run against a fresh server."""
    with running(contender) as target:
        time.sleep(SETTLE_S)
        idle = memory(target.pid)
        with on_core(CLIENT_CORE):
            process = subprocess.Popen(
                command(client, target, load), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        try:
            _expect(process, "connected")
            time.sleep(SETTLE_S)
            per_listener = (memory(target.pid) - idle) / load.listeners
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            _expect(process, "measuring")
            before = cpu_s(target.pid)
            _expect(process, "measured")
            used = cpu_s(target.pid) - before
            return Figures(load, json.loads(_line(process)), used, per_listener)
        finally:
            process.kill()
            process.wait()


def command(client: str, target: Target, load: Load) -> list[str]:
    """How the load client is called."""
    where = [target.protocol, HOST, target.port, target.listen_path, target.speak_path, target.token]
    what = [load.listeners, load.dead, load.slow, WARM_UP_FRAMES, load.seconds * FRAMES_PER_S]
    return [client, *map(str, [*where, *what])]


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used: fields utime and stime of proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _expect(process: "subprocess.Popen[str]", word: str) -> None:
    line = _line(process).strip()
    if line != word:
        raise SystemExit(f"The load client ended before it was {word}: see its message above.")


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(SIZES) + 500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the fan-out.")
    parser.add_argument("--listeners", type=int, nargs="*", default=SIZES, help="sizes of the audience")
    parser.add_argument("--seconds", type=int, default=10, help="length of a run")
    parser.add_argument("--only", default="", help="only contenders with this in their name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
