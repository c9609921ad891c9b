"""The system's own buttons, on the lock screen or on headphones, do what the page's do. Portable."""

from listener.app import ListenerApp
from listener.model import Model
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import MediaControls


class MediaKeys:
    """Shows the talk where the system shows what plays, and keeps it true."""

    def __init__(self, media: MediaControls) -> None:
        self._media = media
        self._texts = Texts(LANGUAGES[0], {})
        self._shown: Model | None = None
        self._told = ("", "")
        self._state = ""

    def bind(self, app: ListenerApp) -> None:
        """Connect the buttons. Each does one thing: systems press "play" also when it plays already."""
        listen = in_background(app.listen)

        def play() -> None:
            if self._paused:
                app.toggle_pause()
            else:
                listen()

        def pause() -> None:
            if self._shown is not None and self._shown.state.started and not self._paused:
                app.toggle_pause()

        self._media.on("play", play)
        self._media.on("pause", pause)
        self._media.on("stop", app.stop)

    def set_texts(self, texts: Texts) -> None:
        """Say it in this language from now on."""
        self._texts = texts
        if self._shown is not None:
            self.show(self._shown)

    def show(self, model: Model) -> None:
        """Tell the system what is true; called often, so it does nothing when nothing changed."""
        self._shown = model
        state = _playback_state(model)
        told = (self._texts.get("lock-screen"), model.session_id)
        if model.session_id and told != self._told:
            self._told = told
            self._media.set_metadata(told[0], told[1])
        if state != self._state:
            self._state = state
            self._media.set_state(state)

    @property
    def _paused(self) -> bool:
        return self._shown is not None and self._shown.state.started and self._shown.paused


def _playback_state(model: Model) -> str:
    if not model.state.started:
        return "none"
    return "paused" if model.paused else "playing"
