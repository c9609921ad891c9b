"""The playback worklet in Node: samples in, samples out, just as a browser's audio thread would call it."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.support.import_graph import TOP
from tools.node import ensure_node

RATE = 48_000
WORKLET = TOP / "pylib" / "browser" / "worklets" / "playback-worklet.js"

Samples = NDArray[np.float32]


class Played(NamedTuple):
    """What came out, and at what price: CPU seconds, and the worklet's own reports."""

    samples: Samples
    cpu_s: float
    reports: list[list[float]]


def play(
    folder: Path,
    samples: Samples,
    steps: list[tuple[float, dict[str, Any]]],
    *,
    seconds: float,
    rate: int = RATE,
    ahead_s: float = 0.06,
    frame_s: float = 0.02,
    integers: bool = False,
    stalls: tuple[tuple[float, float], ...] = (),
    lost: Sequence[int] = (),
) -> Played:
    """Play `samples` for `seconds`; `steps` are messages, each at its second.

    Frames come whenever the newest report leaves less than `ahead_s` in the ring, except from second to
    second of the `stalls`; those whose numbers are `lost` are concealed instead.
    """
    (folder / "in.f32").write_bytes(samples.astype("<f4").tobytes())
    script = {
        "input": str(folder / "in.f32"),
        "output": str(folder / "out.f32"),
        "rate": rate,
        "contextRate": RATE,
        "chunk": round(rate * frame_s),
        "ahead": ahead_s,
        "seconds": seconds,
        "steps": steps,
        "integers": integers,
        "stalls": stalls,
        "lost": list(lost),
    }
    (folder / "script.json").write_text(json.dumps(script))
    command = [
        ensure_node(),
        str(TOP / "tests" / "support" / "worklet.mjs"),
        str(WORKLET),
        str(folder / "script.json"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(run.stdout)
    sound = np.frombuffer((folder / "out.f32").read_bytes(), "<f4")
    return Played(sound, told["cpu"], told["reports"])
