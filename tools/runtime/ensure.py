"""The runtime in .runtime/ is checked at each start, and repaired from the cache or the network."""

from collections.abc import Callable
from pathlib import Path

from tools.cache import ContentCache, cache_folder, one_at_a_time
from tools.errors import ToolError
from tools.runtime.fetch import fetch
from tools.runtime.layout import build, is_sound
from tools.runtime.pins import PinnedFile, Pins, load_pins
from tools.venv import ROOT

RUNTIME = ROOT / ".runtime"


Download = Callable[[list[PinnedFile], ContentCache, dict[str, int]], None]


def ensure(target: Path = RUNTIME, pins: Pins | None = None, download: Download = fetch) -> None:
    """Leave the pinned runtime, byte for byte, in `target`.

    Raises:
        ToolError: something is missing and the network or the disk does not help.
    """
    pins = pins or load_pins()
    if is_sound(target, pins):
        return
    try:
        with one_at_a_time("runtime"):
            # Another make may have laid the runtime out while this one waited for the lock.
            if not is_sound(target, pins):
                _lay_out_anew(target, pins, download)
    except OSError as error:
        raise ToolError(f"The browser runtime could not be written to disk: {error}.") from error


def _lay_out_anew(target: Path, pins: Pins, download: Download) -> None:
    cache = ContentCache(cache_folder() / "sha256")
    missing = [pin for pin in pins.files if not cache.has(pin.sha256)]
    if missing:
        download(missing, cache, pins.download_bytes)
    print(f"Laying out the browser runtime in {target.name}/", flush=True)
    build(target, pins, cache)
