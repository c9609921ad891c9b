"""Ports of a page: its elements, the keyboard, languages, and the system's media buttons.

Ports for network, storage, sound and time stand in `pylib/ports.py`.
"""

from typing import Callable, Iterator, NamedTuple, Protocol

Device = NamedTuple(
    "Device",
    [("platform", str), ("touch_points", int), ("has_audio_session", bool), ("user_agent", str)],
)
"""The device, by what `navigator` tells. `has_audio_session`: the page can declare its sound as playback
(Audio Session, W3C)."""

KeyPress = NamedTuple(
    "KeyPress",
    [("key", str), ("code", str), ("shift", bool), ("modified", bool), ("repeat", bool), ("typing", bool)],
)
"""A key going down, by its character and its place (`key` and `code` of UI Events).

`modified`: with Ctrl, Alt or Meta. `repeat`: the key is being held. `typing`: the element in focus needs
the key itself, as a field needs letters and a slider arrows.
"""

Paragraph = NamedTuple("Paragraph", [("language", str), ("direction", str), ("text", str)])
"""Words in a language of their own, whatever the rest of the page speaks: HTML's `lang` and `dir`.

Browsers do not translate them."""


class Site(Protocol):
    """The site's own files. `root` is the address of its top folder."""

    root: str

    async def config_text(self) -> str:
        """The config file, read anew at each page load. Raises ConfigError."""

    async def catalog_text(self, language: str) -> str:
        """The page's sentences in a language. Raises ConfigError."""


class Window(Protocol):
    """The window around a page."""

    def parameter(self, name: str) -> str:
        """A query parameter of the page's address, empty when absent."""

    def keep_parameter(self, name: str, value: str) -> None:
        """Put a query parameter in the page's address, for a reload."""

    def on(self, event: str, handler: Callable[[], None]) -> None:
        """`event` is "online", "offline" or "pagehide"."""

    def is_visible(self) -> bool:
        """Whether the page is at the front: false in a tab behind another one, and in a minimized window."""

    def on_visible(self, handler: Callable[[], None]) -> None:
        """The page came back to the front."""

    def on_hidden(self, handler: Callable[[], None]) -> None:
        """The page is not seen any more."""

    def publish(self, stats: "Callable[[], dict[str, float]]") -> None:
        """Set `window.lectern`: the page can be used, and tells its counts."""


class MediaControls(Protocol):
    """The system's media buttons: on the lock screen, headphones and keyboard."""

    def on(self, action: str, handler: Callable[[], None]) -> None:
        """`action` is "play", "pause" or "stop"."""

    def set_metadata(self, title: str, artist: str) -> None:
        """Show title and artist beside the buttons."""

    def set_state(self, state: str) -> None:
        """One of "playing", "paused" and "none"."""


class Screen(Protocol):
    """Keeps the display from going dark."""

    def can_stay_on(self) -> bool: ...

    async def stay_on(self) -> bool:
        """Keep the display on until `may_sleep`, or until the page is hidden; false when that is refused."""

    def may_sleep(self) -> None: ...


class Page(Protocol):
    """The page a person sees; elements are named by their data-testid."""

    def on(self, name: str, event: str, handler: Callable[[], None]) -> None: ...

    def value(self, name: str) -> str: ...

    def set_value(self, name: str, value: str) -> None: ...

    def text(self, name: str, text: str) -> None: ...

    def attribute(self, name: str, attribute: str, value: "str | None") -> None:
        """Set an attribute; None removes it."""

    def show(self, name: str, visible: bool) -> None: ...

    def focus(self, name: str) -> None: ...

    def dialog(self, name: str, opened: bool) -> None:
        """Open a <dialog> over the page, or close it: Escape closes it too, and the focus goes back."""

    def is_open(self, name: str) -> bool:
        """Whether a <dialog> is open. It is false at once after closing; the `close` event comes later."""

    def options(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Fill a select with (value, label) pairs; the chosen value stays chosen if it is among them."""

    def fill(self, name: str, paragraphs: list[Paragraph]) -> None:
        """Put these paragraphs into an element, in place of what it held."""

    def rows(self, name: str, count: int) -> "tuple[Page, ...]":
        """Show so many copies of the element's <template>, each as a page of its own; earlier ones stay."""

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        """Put sentences where the HTML names their keys, a few at each step; set the page's language last."""


class Keyboard(Protocol):
    """Key presses anywhere on the page."""

    def on_press(self, handler: Callable[[KeyPress], bool]) -> None:
        """Call `handler` with each press. When it returns true, the browser's own action is prevented."""


class Languages(Protocol):
    """The browser's knowledge of languages. Codes are BCP 47."""

    def preferred(self) -> "list[str]":
        """Languages set in the browser, the preferred one first."""

    def kept(self) -> str:
        """The language that was chosen on this device, or an empty text."""

    def keep(self, language: str) -> None:
        """Store the choice; an empty text deletes it."""

    def own_names(self, codes: "list[str]") -> "list[tuple[str, str]]":
        """Codes in their order, each with the language's name for itself."""

    def names(self, codes: "list[str]", language: str) -> "list[tuple[str, str]]":
        """Codes with their names in `language`, in that language's alphabetical order."""

    def number(self, value: float, language: str) -> str:
        """A number with one decimal."""

    def moment(self, at_ms: float, language: str) -> str:
        """Date and time of day on this device's clock; `at_ms` is in milliseconds since the epoch."""
