"""Builds the listener page from a record of ports; main.py and the tests call it. Portable."""

from typing import Any, Callable, NamedTuple

from listener.app import ListenerApp
from listener.ios import obeys_silent_switch
from listener.lookup import TalkLookup
from listener.model import Model
from listener.preferences import ListenerPreferences
from listener.session_codes import tidy
from listener.view import ListenerView
from pylib.config.site_config import AWS, SiteConfig, read_site_config
from pylib.errors import ConfigError
from pylib.figures.recorder import Recorder
from pylib.figures.sender import FiguresSender, figures_url
from pylib.ports import AudioOutput, Beacon, Clock, Connector, HttpTransport, Outputs, TextStore
from pylib.protocol.plain import decode_older_session, decode_session
from pylib.realtime.address import Address
from pylib.realtime.aws_backend import AwsConnector
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import LISTENER_TIMING
from pylib.realtime.text_transport import connector_for, timing_for
from pylib.session.http_service import SessionHttpService
from pylib.session.status_poller import StatusPoller
from pylib.tasks import begin
from pylib.ui.i18n import InterfaceLanguage, Texts
from pylib.ui.ports import Device, Keyboard, Languages, MediaControls, Page, Screen, Site, Window

DAY_MS = 86_400_000

ListenerPorts = NamedTuple(
    "ListenerPorts",
    [
        ("site", Site),
        ("window", Window),
        ("page", Page),
        ("languages", Languages),
        ("keyboard", Keyboard),
        ("media", MediaControls),
        ("screen", Screen),
        ("device", Device),
        ("outputs", Outputs),
        ("loudspeaker", AudioOutput),
        ("store", TextStore),
        ("transport", HttpTransport),
        ("connector", Connector),
        ("beacon", Beacon),
        ("clock", Clock),
        ("random", Callable[[], float]),
        ("new_id", Callable[[], str]),
    ],
)
"""The page's whole outside world. `random` draws from 0 up to 1, `new_id` makes a UUID's text."""


class ListenerPage:
    """One visit to the page. `translated` are the parts that are given the texts of each chosen language."""

    def __init__(self, ports: ListenerPorts) -> None:
        self._ports = ports
        self._app: ListenerApp | None = None
        self._language = ""
        self._recorder = Recorder(ports.clock)
        self.view = ListenerView(ports.page, ports.languages)
        interface = self._interface = InterfaceLanguage(ports.page, ports.languages, ports.site.catalog_text)
        self.preferences = ListenerPreferences(
            ports.page,
            store=ports.store,
            outputs=ports.outputs,
            media=ports.media,
            screen=ports.screen,
            keyboard=ports.keyboard,
            forget_language=interface.forget,
        )
        self.translated = (self.view.set_texts, self.preferences.set_texts, self._set_texts)
        interface.subscribe(*self.translated)

    async def open(self) -> None:
        """Read sentences and config, both at once, and preferences; then look for the talk in the address."""
        ports, window = self._ports, self._ports.window
        config_text = begin(ports.site.config_text)
        try:
            await self._interface.open(window.parameter("lang"))
            config = read_site_config(await config_text(), ports.site.root)
        except ConfigError as error:
            self.view.fail(error)
            return
        self.preferences.load()
        app = self.build_app(config)
        self.preferences.bind(app)
        ports.page.show("silent-switch", obeys_silent_switch(ports.device))
        code = tidy(window.parameter("s"))
        self.view.prefill(code)
        await app.open(code)
        window.on("online", lambda: app.network_changed(True))
        window.on("offline", lambda: app.network_changed(False))
        window.on_visible(app.page_seen)
        window.on_visible(self.preferences.page_seen)
        window.publish(app.stats)

    def build_app(self, config: SiteConfig) -> ListenerApp:
        """Everything that depends on the site's config, and the controls that lead to it."""
        ports = self._ports
        recorder = self._recorder
        sender = FiguresSender(recorder, ports.beacon, ports.clock, ports.random, figures_url(config))
        sender.follow(ports.window)
        self.preferences.offer_figures(sender)
        sessions = self._sessions(config)
        has_http_api = config.http_api_url != ""

        def read_once(session_id: str) -> Any:
            return sessions.get_session(session_id, retrying=False)

        lookup = TalkLookup(
            sessions.get_session,
            self.preferences.recent_sessions.codes,
            on_found=lambda code: ports.window.keep_parameter("s", code),
            has_http_api=has_http_api,
        )
        app = self._app = ListenerApp(
            find=lookup.find,
            poller=StatusPoller(read_once, ports.clock, ports.random) if has_http_api else None,
            new_client=lambda: self._new_client(config),
            output=ports.loudspeaker,
            clock=ports.clock,
            recorder=recorder,
            show=self._show,
            hears_of_end=config.backend != AWS,
        )
        app.set_language(self._language)
        self.view.bind(app)
        return app

    def _sessions(self, config: SiteConfig) -> SessionHttpService:
        ports = self._ports
        return SessionHttpService(
            ports.transport,
            ports.clock,
            config.http_api_url,
            decode_session=decode_older_session if config.backend == AWS else decode_session,
            random=ports.random,
            new_id=ports.new_id,
            older=config.backend == AWS,
            on_call=self._recorder.called,
        )

    def _new_client(self, config: SiteConfig) -> RealtimeClient:
        ports, is_aws = self._ports, config.backend == AWS
        connector = connector_for(config.transport, ports.connector)
        if is_aws:
            # A speaker's clock may be behind this one, and no sound may count as older than its talk.
            connector = AwsConnector(ports.connector, ports.clock, ports.clock.steady_ms() - DAY_MS)
        return RealtimeClient(
            connector,
            ports.clock,
            Address(config.websocket_url, offers_subprotocol=not is_aws),
            timing=timing_for(config.transport, LISTENER_TIMING),
            random=ports.random,
            on_connect=self._recorder.connected,
        )

    def _show(self, model: Model) -> None:
        self.view.show(model)
        self.preferences.show(model)

    def _set_texts(self, texts: Texts) -> None:
        self._language = texts.language
        if self._app is not None:
            self._app.set_language(texts.language)
