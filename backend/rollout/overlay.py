"""The guard's overlay on the served config: a small file, because the operator's own is never written.

While it exists, configs that ask for the guard are served with the older way of creating sessions. It can
only turn that way on. `python dev_server.py --clear-rollout-guard` deletes it.
"""

import json
import logging
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

FILE = "rollout-guard.json"
GUARD, HTTP = "rollout_guard", "use_http_session_creation"
"""Keys of the site's config."""

CLEAR_COMMAND = "python dev_server.py --clear-rollout-guard"
DAMAGED = f"{FILE} is damaged, so the older way stays in use until the guard is cleared: {CLEAR_COMMAND}"

log = logging.getLogger("lectern.rollout")


class Tripped(NamedTuple):
    """When the guard fell back (milliseconds since the epoch), and why."""

    at_ms: int
    sentence: str

    def when(self) -> datetime:
        """As a date. Raises ValueError, OverflowError or OSError for what no calendar has."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


class Overlay:
    """The file in the data folder; read each time, because the command that clears it is another process."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._told = False

    def tripped(self) -> Tripped | None:
        """Whether the guard has fallen back. A file that cannot be read says yes: that is the safe side."""
        try:
            stored = json.loads(self._path.read_bytes())
            tripped = Tripped(int(stored["trippedAt"]), str(stored["sentence"]))
            tripped.when()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            if not self._told:
                self._told = True
                log.warning(DAMAGED)
            return Tripped(0, DAMAGED)
        return tripped

    def trip(self, tripped: Tripped) -> None:
        """Fall back. The file appears whole, and for its owner only. Raises OSError."""
        content = json.dumps({"trippedAt": tripped.at_ms, "sentence": tripped.sentence}) + "\n"
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{FILE}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def clear(self) -> str:
        """Follow the operator's file again; returns what was done, as a sentence. Raises OSError."""
        tripped = self.tripped()
        if tripped is None:
            return "The rollout guard has not fallen back: there is nothing to clear."
        self._path.unlink()
        if tripped.sentence == DAMAGED:
            return f"{FILE} was damaged and is deleted: the next page load follows config.json again."
        return (
            f"The rollout guard, which fell back on {tripped.when():%Y-%m-%d at %H:%M} UTC, is cleared: "
            "the next page load follows config.json again."
        )

    def served(self, config: bytes) -> bytes:
        """A config file as pages get it."""
        if self.tripped() is None:
            return config
        settings = settings_of(config)
        if not is_guarded(settings) or not settings.get(HTTP):
            return config
        return json.dumps({**settings, HTTP: False}, indent=2, ensure_ascii=False).encode()


def settings_of(config: bytes) -> dict[str, Any]:
    """The keys of a config file; none while it is no JSON object."""
    try:
        settings = json.loads(config)
    except (ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def is_guarded(settings: dict[str, Any]) -> bool:
    """Whether the operator lets the server fall back by itself."""
    return settings.get(GUARD) is True
