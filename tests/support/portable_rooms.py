"""Which modules and which unit tests must also run on MicroPython."""

from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

MODULES = (
    "pylib/errors.py",
    "pylib/ui/screen_wake.py",
    "pylib/ui/ports.py",
    "pylib/ui/start_note.py",
    "pylib/ports.py",
    "pylib/ui/preferences.py",
    "pylib/retry.py",
    "pylib/ui/shortcut_dialog.py",
    "pylib/ui/shortcuts.py",
    "pylib/config/json_faults.py",
    "pylib/config/site_config.py",
    "pylib/tasks.py",
    "pylib/ui/i18n.py",
    "pylib/protocol/codes.py",
    "pylib/protocol/figures.py",
    "pylib/figures/__init__.py",
    "pylib/figures/recorder.py",
    "pylib/figures/sender.py",
    "pylib/protocol/frames.py",
    "pylib/protocol/handshake.py",
    "pylib/protocol/limits.py",
    "pylib/protocol/message_types.py",
    "pylib/protocol/pacing.py",
    "pylib/protocol/plain.py",
    "pylib/session/responses.py",
    "pylib/session/requests.py",
    "pylib/session/http_service.py",
    "pylib/session/idempotency.py",
    "pylib/session/error_texts.py",
    "pylib/session/status_poller.py",
    "pylib/realtime/*.py",
    "pylib/audio/*.py",
    "listener/*.py",
    "pylib/ui/drawing.py",
    "backend/status_page/*.py",
    "backend/status_page/panels/*.py",
    "backend/status_page/plots/*.py",
)
"""Files as globs from the top; a `main.py` and `pylib/browser/` need a browser as well."""

DATA = (
    "listener/index.html",
    "listener/languages/en.json",
    "listener/languages/ar.json",
    "backend/status_page/index.html",
)
"""Data that portable tests read."""

SUPPORT = (
    "arrivals",
    "english",
    "fake_beacon",
    "fake_audio",
    "fake_clock",
    "fake_device",
    "fake_drawing",
    "fake_http",
    "fake_languages",
    "fake_site",
    "fake_store",
    "fake_socket",
    "keys",
    "listener_harness",
    "listener_ports",
    "client_harness",
    "service_harness",
    "status_data",
    "pcm",
    "fake_page",
    "playback_harness",
    "text_connection",
    "portable",
    "portable_runner",
)


def portable_modules() -> list[Path]:
    """Every module of the portable subset that runs without a browser."""
    found = [path for pattern in MODULES for path in sorted(TOP.glob(pattern))]
    return [path for path in found if path.name != "main.py"]


def portable_tests() -> list[Path]:
    """Unit tests whose docstring begins with "Portable": they also run on MicroPython and Pyodide."""
    tests = sorted((TOP / "tests" / "unit").rglob("test_*.py"))
    return [path for path in tests if path.read_text().startswith('"""Portable')]
