"""What a page asks of the browser that shows it: elements, keys, languages, and the system's own buttons.

The rest of the outside world stands in `pylib/ports.py`, with what holds for both.
"""

from typing import Callable, Iterator, NamedTuple, Protocol

Device = NamedTuple(
    "Device",
    [("platform", str), ("touch_points", int), ("has_audio_session", bool), ("user_agent", str)],
)
"""What the page runs on, as `navigator` tells it; `has_audio_session` where a page can say that its
sound is meant to be heard (Audio Session, W3C)."""

KeyPress = NamedTuple(
    "KeyPress",
    [("key", str), ("code", str), ("shift", bool), ("modified", bool), ("repeat", bool), ("typing", bool)],
)
"""A key going down, by its character and its place (`key` and `code` of UI Events).

`modified`: with Ctrl, Alt or Meta. `repeat`: it is being held. `typing`: what has the focus takes the key
itself, as a field takes letters and a slider arrows.
"""

Paragraph = NamedTuple("Paragraph", [("language", str), ("direction", str), ("text", str)])
"""Words in a language of their own, whatever the rest of the page speaks: HTML's `lang` and `dir`."""


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

    def on_visible(self, handler: Callable[[], None]) -> None:
        """The page came back to the front."""

    def publish(self, stats: "Callable[[], dict[str, float]]") -> None:
        """Set `window.lectern`: the page can be used, and tells its counts."""


class MediaControls(Protocol):
    """The system's own buttons: lock screen, headphones, keyboard."""

    def on(self, action: str, handler: Callable[[], None]) -> None:
        """`action` is "play", "pause" or "stop"."""

    def set_metadata(self, title: str, artist: str) -> None:
        """What is being played."""

    def set_state(self, state: str) -> None:
        """One of "playing", "paused" and "none"."""


class Screen(Protocol):
    """The display's sleep."""

    def can_stay_on(self) -> bool: ...

    async def stay_on(self) -> None:
        """Until `may_sleep`, or the page goes out of sight; the system may refuse, and tells nobody."""

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
        """Whether a <dialog> is open; one that is closed tells so by an event some time later."""

    def options(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Fill a select with (value, label) pairs, keeping the chosen value when it is still there."""

    def fill(self, name: str, paragraphs: list[Paragraph]) -> None:
        """Put these paragraphs into an element, in place of what it held."""

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        """Put sentences where the page's own HTML names their keys, some at a step, and say its language."""


class Keyboard(Protocol):
    """The keys, wherever the focus is."""

    def on_press(self, handler: Callable[[KeyPress], bool]) -> None:
        """`handler` says whether it used the press; what the browser would do with it is then left undone."""


class Languages(Protocol):
    """What the browser knows of languages. Codes are BCP 47; names and numbers come in words."""

    def preferred(self) -> "list[str]":
        """What the person reads, best first."""

    def kept(self) -> str:
        """What the person chose on this device before, or nothing."""

    def keep(self, language: str) -> None: ...

    def own_names(self, codes: "list[str]") -> "list[tuple[str, str]]":
        """Codes in their order, each with the language's name for itself."""

    def names(self, codes: "list[str]", language: str) -> "list[tuple[str, str]]":
        """Codes with their names in `language`, in that language's alphabetical order."""

    def number(self, value: float, language: str) -> str:
        """A number with one decimal."""
