"""What the speaker page needs of the world around it; bootstrap.py takes the three records at the end."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from pylib.auth.provider import Exclusive
from pylib.ports import (
    AudioEncoder,
    AudioInput,
    Beacon,
    Clock,
    Connector,
    HttpTransport,
    KeyValueStore,
    TextStore,
)
from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult
from pylib.ui.ports import Keyboard, Languages, Page, Screen, Site, Window


class SpeakerAccount(Protocol):
    """The account of the person who is signed in."""

    async def user_id(self) -> str:
        """Empty when no account is signed in."""

    async def sign_in(self, email: str, password: str) -> None:
        """Raises AuthError or HttpError."""

    def dismiss(self) -> None:
        """No account is signed in any more, also for a page that is loaded before `sign_out` is done."""

    async def sign_out(self) -> None:
        """Forget the tokens."""


class SessionCreation(Protocol):
    """Creates sessions, and clients for sessions that exist."""

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it; cancelled, it leaves no session behind."""

    def new_client(self) -> RealtimeClient:
        """A client that is not connected yet, for a session that exists."""


class TalkLock(Protocol):
    """Tells a tab that was reloaded from its duplicate: browsers copy a tab's memory, but not its lock."""

    def hold(self, session_id: str) -> None:
        """This tab has the talk, until `let_go` or its end; may be said again."""

    def let_go(self) -> None:
        """This tab has no talk any more."""

    async def is_held(self, session_id: str) -> bool:
        """Whether another living tab of this browser has it."""


class Browser(Protocol):
    """What a browser offers around a page."""

    def was_touched(self) -> bool:
        """Whether the person did anything on this page yet; before that, some browsers hold all sound."""

    def keep_open(self, wanted: bool) -> None:
        """Let the browser ask before this page is left; or not any more."""

    def can_share(self) -> bool:
        """Whether there is a share sheet."""

    async def share(self, title: str, url: str) -> bool:
        """Open it; False when the browser refuses."""

    def print_page(self) -> None:
        """Open the print dialog."""


class SpeakerWindow(Window, Protocol):
    """The window around the page."""

    def next_frame(self, handler: Callable[[], None]) -> None:
        """Call once, before the display's next picture."""

    async def copy(self, text: str) -> bool:
        """Put a text on the clipboard; False where the browser does not let us."""


class SpeakerSite(Site, Protocol):
    """The site that the page belongs to."""

    def listen_link(self, session_id: str) -> str:
        """The link for listeners."""


class Packages(Protocol):
    """Python packages that are loaded later than the page."""

    def begin(self) -> None:
        """Load in the background. If that fails, `arrive` tries again and tells."""

    async def arrive(self) -> None:
        """Wait until all is there. Raises NetworkError."""


class ServerPorts(NamedTuple):
    """The way to the server, and what this device keeps for it.

    `token_store` gives the store for a config's encryption key; `exclusive` spans this browser's tabs.
    """

    transport: HttpTransport
    connector: Connector
    clock: Clock
    random: Callable[[], float]
    new_id: Callable[[], str]
    token_store: Callable[[str], KeyValueStore]
    local_store: TextStore
    tab_store: TextStore
    packages: Packages
    exclusive: Exclusive | None = None


class SoundPorts(NamedTuple):
    """The microphone and the encoder. `new_opus` takes bitrate, voice and the packet callback.

    `asked_for` is "pcm" for a page that shall do without Opus.
    """

    audio_input: AudioInput
    clock: Clock
    can_encode_opus: Callable[[], Awaitable[bool]]
    new_opus: Callable[[int, bool, Callable[[bytes, int], None]], AudioEncoder]
    asked_for: str = ""


class PagePorts(NamedTuple):
    """The page and the browser that shows it.

    `code_packages` gives the packages that draw the link as a picture; its argument is
    called when they have come.
    """

    page: Page
    languages: Languages
    keyboard: Keyboard
    browser: Browser
    window: SpeakerWindow
    site: SpeakerSite
    screen: Screen
    beacon: Beacon
    local_store: TextStore
    tab_store: TextStore
    talk_lock: TalkLock
    clock: Clock
    code_packages: Callable[[Callable[[], None]], Packages]
