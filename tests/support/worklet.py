"""The worklets in Node: samples in, samples out, just as a browser's audio thread would call them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.support.import_graph import TOP
from tests.support.node_runs import run_in_node

RATE = 48_000
WORKLETS = TOP / "pylib" / "browser" / "worklets"
SUPPORT = TOP / "tests" / "support"

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
    context_rate: int = RATE,
    ahead_s: float = 0.06,
    frame_s: float = 0.02,
    integers: bool = False,
    stalls: tuple[tuple[float, float], ...] = (),
    lost: Sequence[int] = (),
) -> Played:
    """Play `samples` for `seconds`; `steps` are messages, each at its second.

    Frames come whenever the newest report leaves less than `ahead_s` in the ring, except from second to
    second of the `stalls`; those whose numbers are `lost` are concealed instead. `rate` is that of the
    samples, `context_rate` that of what comes out.
    """
    (folder / "in.f32").write_bytes(samples.astype("<f4").tobytes())
    script = {
        "input": str(folder / "in.f32"),
        "output": str(folder / "out.f32"),
        "rate": rate,
        "contextRate": context_rate,
        "chunk": round(rate * frame_s),
        "ahead": ahead_s,
        "seconds": seconds,
        "steps": steps,
        "integers": integers,
        "stalls": stalls,
        "lost": list(lost),
    }
    told = json.loads(_run("worklet.mjs", "playback-worklet.js", script, folder))
    return Played(_floats(folder / "out.f32"), told["cpu"], told["reports"])


class Captured(NamedTuple):
    """The blocks that the capture worklet posted, joined, and when each of them ended, in seconds."""

    samples: Samples
    end_times: list[float]


def capture(
    folder: Path,
    channels: Sequence[Samples],
    *,
    context_rate: int,
    rate: int = RATE,
    unanswered: int | None = None,
    answers_from_s: float | None = None,
) -> Captured:
    """What becomes of the channels of a microphone, which the device gives at `context_rate`.

    The worklet posts no more than `unanswered` blocks ahead of a page that answers from this second on.
    """
    (folder / "in.f32").write_bytes(np.concatenate(channels).astype("<f4").tobytes())
    script = {
        "input": str(folder / "in.f32"),
        "output": str(folder / "out.f32"),
        "channels": len(channels),
        "contextRate": context_rate,
        "rate": rate,
        "blockSize": rate // 50,
        "unanswered": unanswered,
        "answersFrom": answers_from_s,
    }
    told = _run("capture_worklet.mjs", "capture-worklet.js", script, folder)
    return Captured(_floats(folder / "out.f32"), json.loads(told))


def _run(program: str, worklet: str, script: dict[str, Any], folder: Path) -> str:
    (folder / "script.json").write_text(json.dumps(script))
    return run_in_node(SUPPORT / program, str(WORKLETS / worklet), str(folder / "script.json"))


def _floats(file: Path) -> Samples:
    return np.frombuffer(file.read_bytes(), "<f4")
