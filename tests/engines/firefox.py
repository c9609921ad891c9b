"""Firefox: Debian's firefox-esr without a window, driven over WebDriver BiDi, which it speaks by itself."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.engines.bidi import Bidi, BidiError, bidi_session
from tests.engines.devices import sound_device
from tests.engines.programs import Program, running

PREFERENCES = {
    "media.navigator.streams.fake": True,  # the microphone gives a tone
    "media.navigator.permission.disabled": True,  # and everybody may use it
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


class Firefox:
    """See Engine."""

    name = "firefox"
    microphone_hz: tuple[float, ...] = (1000.0,)

    def missing(self) -> list[str]:
        return [name for name in ("firefox-esr", "pulseaudio") if shutil.which(name) is None]

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator["FirefoxTab"]:
        profile = folder / "profile"
        profile.mkdir()
        lines = (f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in PREFERENCES.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = ["firefox-esr", "--headless", "--no-remote", "--remote-debugging-port", "0"]
        async with sound_device(folder) as (device, sound):
            env = {**sound, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
            with running([*command, "--profile", str(profile)], folder / "firefox.log", env) as program:
                address = await program.said(r"WebDriver BiDi listening on (ws://\S+)")
                async with bidi_session(f"{address[1]}/session") as bidi:
                    yield await FirefoxTab.first(bidi, device)


class FirefoxTab:
    """See Tab. `device` is its loudspeaker."""

    def __init__(self, bidi: Bidi, context: str, device: Program) -> None:
        self.device = device
        self._bidi = bidi
        self._context = context

    @classmethod
    async def first(cls, bidi: Bidi, device: Program) -> "FirefoxTab":
        """The tab that is open already."""
        tree = await bidi.command("browsingContext.getTree")
        return cls(bidi, tree["contexts"][0]["context"], device)

    @property
    def browser(self) -> str:
        return self._bidi.browser

    @property
    def console(self) -> list[str]:
        return self._bidi.console

    async def open(self, url: str) -> None:
        await self._bidi.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, expression: str) -> Any:
        answer = await self._evaluate(f"(async () => JSON.stringify(await ({expression})))()")
        return json.loads(answer["value"]) if "value" in answer else None

    async def click(self, test_id: str) -> None:
        element = await self._evaluate(f"document.querySelector('[data-testid=\"{test_id}\"]')")
        origin = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        await self._evaluate(
            f"document.querySelector('[data-testid=\"{test_id}\"]').scrollIntoView({{block: 'center'}})"
        )
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "finger", "actions": actions}
        await self._bidi.command("input.performActions", context=self._context, actions=[finger])

    async def _evaluate(self, expression: str) -> dict[str, Any]:
        answer = await self._bidi.command(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        result: dict[str, Any] = answer["result"]
        return result
