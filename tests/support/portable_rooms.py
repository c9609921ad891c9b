"""Which modules and which unit tests must also run on MicroPython."""

from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

MODULES = (
    "pylib/errors.py",
    "pylib/awake.py",
    "pylib/kept.py",
    "pylib/page_ports.py",
    "pylib/ports.py",
    "pylib/preferences.py",
    "pylib/retry.py",
    "pylib/shortcut_dialog.py",
    "pylib/shortcuts.py",
    "pylib/site_config.py",
    "pylib/tasks.py",
    "pylib/texts.py",
    "pylib/protocol/frames.py",
    "pylib/protocol/plain.py",
    "pylib/session/answers.py",
    "pylib/session/calls.py",
    "pylib/session/http_service.py",
    "pylib/session/idempotency.py",
    "pylib/session/sentences.py",
    "pylib/session/status_poller.py",
    "pylib/realtime/*.py",
    "pylib/audio/*.py",
    "listener/*.py",
)
"""Files as globs from the top; `listener/main.py` and `pylib/browser/` need a browser as well."""

CATALOGS = tuple("listener/languages/" + code + ".json" for code in ("en", "ar"))
"""Data that portable tests read."""

SUPPORT = (
    "arrivals",
    "english",
    "fake_audio",
    "fake_clock",
    "fake_device",
    "fake_http",
    "fake_languages",
    "fake_store",
    "fake_socket",
    "keys",
    "listener_stage",
    "client_stage",
    "service_stage",
    "pcm",
    "fake_page",
    "room",
    "portable",
    "portable_runner",
)


def portable_modules() -> list[Path]:
    """Every module of the portable subset that runs without a browser."""
    found = [path for pattern in MODULES for path in sorted(TOP.glob(pattern))]
    return [path for path in found if path != TOP / "listener" / "main.py"]


def portable_tests() -> list[Path]:
    """Unit tests whose docstring begins with "Portable": they also run on MicroPython and Pyodide."""
    tests = sorted((TOP / "tests" / "unit").rglob("test_*.py"))
    return [path for path in tests if path.read_text().startswith('"""Portable')]
