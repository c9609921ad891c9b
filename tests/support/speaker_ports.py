"""The speaker page's ports as fakes, except those that are given."""

import uuid
from typing import Any

import pytest

from pylib.ports import Clock
from speaker.ports import PagePorts, ServerPorts, SoundPorts
from tests.support.aiohttp_ports import MemoryStore
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_browser import FakeBrowser, FakeSpeakerSite, FakeSpeakerWindow, PackagesThere
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeScreen
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_store import FakeTalkLock, FakeTextStore
from tests.support.keys import FakeKeyboard
from tests.support.speaker_harness import no_opus


def page_ports(**given: Any) -> PagePorts:
    """New fakes, and in their place what is `given`, by a port's name."""
    ports: dict[str, Any] = {
        "page": FakePage("speaker"),
        "languages": FakeLanguages(),
        "keyboard": FakeKeyboard(),
        "browser": FakeBrowser(),
        "window": FakeSpeakerWindow(FakeClock()),
        "site": FakeSpeakerSite(),
        "screen": FakeScreen(),
        "beacon": FakeBeacon(),
        "local_store": FakeTextStore(),
        "tab_store": FakeTextStore(),
        "talk_lock": FakeTalkLock([]),
        "clock": FakeClock(),
        "code_packages": lambda _came: PackagesThere(),
    }
    return PagePorts(**(ports | given))


def server_ports(**given: Any) -> ServerPorts:
    """As `page_ports`; `transport`, `connector` and `clock` lead to a server, and must be given."""
    ports: dict[str, Any] = {
        "random": lambda: 0.0,
        "new_id": lambda: str(uuid.uuid4()),
        "token_store": lambda _encryption_key: MemoryStore(),
        "local_store": FakeTextStore(),
        "tab_store": FakeTextStore(),
        "packages": PackagesThere(),
    }
    return ServerPorts(**(ports | given))


def sound_ports(clock: Clock) -> SoundPorts:
    """A silent microphone in a browser without Opus."""
    return SoundPorts(FakeMicrophone(), clock, no_opus, lambda *_: pytest.fail("there is no Opus here"))
