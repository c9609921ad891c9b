"""The speaker page's composition root: from records of ports to a page that works.

main.py hands in the browser's adapters, tests hand in fakes or aiohttp. How the parts are connected stands
here alone.
"""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from pylib.auth.account import CognitoAccount
from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import TokenProvider
from pylib.auth.token_store import TokenStore
from pylib.config.app_config import AppConfig, parse_config
from pylib.config.site_config import AWS
from pylib.errors import ConfigError
from pylib.figures.sender import FiguresSender, figures_url
from pylib.figures.speaker_recorder import FirstToday, SpeakerRecorder
from pylib.ports import Clock, TextStore
from pylib.realtime.address import Address
from pylib.realtime.aws_backend import AwsConnector
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from pylib.realtime.text_transport import connector_for, timing_for
from pylib.session.http_service import SessionHttpService, TokenSource
from pylib.session.models import decode_older_session, decode_session
from pylib.tasks import begin
from pylib.ui.i18n import InterfaceLanguage, Texts
from pylib.ui.screen_wake import ScreenWake
from speaker.app import SpeakerApp
from speaker.demo_account import demo_account
from speaker.model import Model
from speaker.ports import PagePorts, ServerPorts, SessionCreation, SoundPorts, SpeakerAccount
from speaker.sound.encoders import EncoderChoice
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound_panel import SoundPanel
from speaker.talk.record import TalkRecords
from speaker.talk.service import SpeakerService
from speaker.talk.starter import SessionCreator
from speaker.talk.tracker import TalkTracker
from speaker.talks.own_talk import read_own_talk
from speaker.talks.talk_list import OwnSessions, TalkList
from speaker.view.on_air_view import OnAirView
from speaker.view.places_view import PlacesView
from speaker.view.preferences import SpeakerPreferences
from speaker.view.share_view import ShareView
from speaker.view.talks_view import TalksView
from speaker.view.view import SpeakerView


def speaker_recorder(clock: Clock, store: TextStore) -> SpeakerRecorder:
    """Keeps how starting, connecting and ending went until it is sent."""
    return SpeakerRecorder(clock, FirstToday(store, clock))


class SignIn(NamedTuple):
    """The account that is signed in, and the tokens that prove it."""

    account: SpeakerAccount
    tokens: TokenSource


def cognito_sign_in(
    config: AppConfig, ports: ServerPorts, on_refresh: Callable[[bool], None] = lambda ok: None
) -> tuple[CognitoAccount, TokenProvider]:
    """The sign-in service that the config names; its account and tokens make a SignIn."""
    cognito = CognitoClient(ports.transport, ports.clock, config.cognito_endpoint, config.client_id)
    store = TokenStore(ports.token_store(config.encryption_key), ports.local_store)
    tokens = TokenProvider(
        store, cognito.refresh, ports.clock, exclusive=ports.exclusive, on_refresh=on_refresh
    )
    return CognitoAccount(cognito, tokens, store), tokens


class Server:
    """The server that the config names, as one account uses it; `recorder` counts how that goes."""

    def __init__(
        self, config: AppConfig, ports: ServerPorts, sign_in: SignIn, recorder: SpeakerRecorder | None = None
    ) -> None:
        self._config = config
        self._ports = ports
        self._sign_in = sign_in
        self._recorder = recorder or speaker_recorder(ports.clock, ports.local_store)
        self._is_aws = config.backend == AWS
        self._address = Address(
            config.websocket_url,
            token_in_query=config.socket_auth == "query",
            offers_subprotocol=not self._is_aws,
        )

    def http_sessions(self, **options: Any) -> SessionHttpService:
        """Sessions over HTTP; `options` are SessionHttpService's."""
        ports = self._ports
        options.setdefault("decode_session", decode_older_session if self._is_aws else decode_session)
        return SessionHttpService(
            ports.transport,
            ports.clock,
            self._config.http_api_url,
            random=ports.random,
            new_id=ports.new_id,
            tokens=self._sign_in.tokens,
            older=self._is_aws,
            on_call=self._recorder.called,
            **options,
        )

    def own_sessions(self) -> OwnSessions | None:
        """The account's own talks; None where the server has no list of them."""
        has_list = self._config.http_api_url != "" and not self._is_aws
        return self.http_sessions(decode_session=read_own_talk) if has_list else None

    def new_client(self) -> RealtimeClient:
        """A live connection that is not connected yet."""
        ports, transport = self._ports, self._config.transport
        return RealtimeClient(
            self._aws_connector() if self._is_aws else connector_for(transport, ports.connector),
            ports.clock,
            self._address,
            timing=timing_for(transport, SPEAKER_TIMING),
            random=ports.random,
            token=self._sign_in.tokens.id_token,
            on_connect=self._recorder.connected,
        )

    def _aws_connector(self) -> AwsConnector:
        """The talk begins now, as far as the page can know; HTTP ends it, where the site has that."""
        end_session = self.http_sessions().delete_session if self._config.http_api_url else None
        return AwsConnector(
            self._ports.connector, self._ports.clock, self._ports.clock.steady_ms(), end_session
        )

    def session_creator(
        self,
        http_service: SessionHttpService,
        packages: Callable[[], Coroutine[Any, Any, None]],
        override: str = "",
    ) -> SessionCreator:
        """Creates sessions; `override` is the mode that the page's address asks for."""
        return SessionCreator(
            self._config,
            self._sign_in.account,
            self._ports.clock,
            override=override,
            http_service=http_service,
            new_client=self.new_client,
            new_id=self._ports.new_id,
            packages=packages,
            on_mode=self._recorder.use_mode,
            on_created=self._recorder.created,
        )


class Voice:
    """The microphone, and the services that send its sound. `transport` is the config's."""

    def __init__(self, ports: SoundPorts, transport: str) -> None:
        self.microphone = MicrophoneKeeper(ports.audio_input, ports.clock)
        self.encoders = EncoderChoice(
            ports.can_encode_opus, ports.new_opus, transport=transport, asked_for=ports.asked_for
        )
        self._clock = ports.clock

    def new_service(self, client: RealtimeClient, changed: Callable[[], None]) -> SpeakerService:
        """For the session that this client joins; `changed` is called when the page may have to be drawn."""
        return SpeakerService(client, self.microphone, self.encoders.new, self._clock, changed)


class SpeakerPage:
    """One visit to the page. Before it knows the site's config it can only say what is wrong."""

    def __init__(self, ports: PagePorts) -> None:
        self._ports = ports
        self._sign_in_lasts: Callable[[], bool] = lambda: True
        page, languages, site = ports.page, ports.languages, ports.site
        self._screen = ScreenWake(ports.screen)
        self._screen.want(True)
        self._on_air = OnAirView(page, languages)
        self.share = ShareView(page, ports.browser, ports.window.copy, site.catalog_text)
        self.view = SpeakerView(page, languages, self._on_air, PlacesView(page), self.share)
        self._talks = TalksView(page, languages)
        self._interface = InterfaceLanguage(page, languages, site.catalog_text)
        self.recorder = speaker_recorder(ports.clock, ports.local_store)
        self.preferences = SpeakerPreferences(
            page,
            store=ports.local_store,
            keyboard=ports.keyboard,
            view=self.view,
            interface=self._interface,
            forget_day=self.recorder.forget_day,
        )
        self._interface.subscribe(self.set_texts)
        # Wanted when a talk begins: seconds of loading that the page does not wait for before.
        self._code_packages = ports.code_packages(self.share.draw_code)

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        for part in (self.view, self.preferences, self._talks):
            part.set_texts(texts)

    async def open(self, server: ServerPorts, sound: SoundPorts) -> None:
        """Read sentences and config, both at once, and show what can be done; or why nothing can."""
        window, site = self._ports.window, self._ports.site
        config_text = begin(site.config_text)
        try:
            await self._interface.open(window.parameter("lang"))
            config = parse_config(await config_text(), site.root)
        except ConfigError as error:
            self.view.fail(error)
            return
        app = self._build_app(config, server, sound)
        await app.open(self.preferences.open())
        lasts = self._ports.local_store.lasts and self._sign_in_lasts()
        self._ports.page.show("keeps-nothing", not lasts)
        self.view.prefill(await demo_account(server.transport, config))
        self.follow_window(app)
        self._code_packages.begin()
        # Importing them holds up the sound of a talk that was continued; the next Start waits for them.
        if not app.is_running:
            server.packages.begin()

    def _build_app(self, config: AppConfig, ports: ServerPorts, sound: SoundPorts) -> SpeakerApp:
        async def packages() -> None:
            await self._code_packages.arrive()
            await ports.packages.arrive()

        self.view.tells_mode = config.dev or self._ports.window.parameter("creation") != ""
        self.send_figures(figures_url(config), ports.random)
        account, tokens = cognito_sign_in(config, ports, self.recorder.refreshed)
        sign_in = SignIn(account, tokens)
        self._sign_in_lasts = lambda: account.lasts
        server = Server(config, ports, sign_in, self.recorder)
        sessions = server.http_sessions(store=ports.tab_store)
        creator = server.session_creator(sessions, packages, self._ports.window.parameter("creation"))
        voice = Voice(sound, config.transport)
        return self.connect(sign_in.account, creator, voice, server.own_sessions())

    def send_figures(self, url: str, random: Callable[[], float]) -> None:
        """Send what is counted from now on to this address, if the person lets the page."""
        ports, recorder = self._ports, self.recorder
        sender = FiguresSender(recorder, ports.beacon, ports.clock, random, url)
        recorder.on_mode_left = sender.flush
        sender.follow(ports.window)
        self.preferences.offer_figures(sender)

    def connect(
        self,
        account: SpeakerAccount,
        creation: SessionCreation,
        voice: Voice,
        own_sessions: OwnSessions | None = None,
    ) -> SpeakerApp:
        """Everything below the page, joined with it."""
        ports, microphone = self._ports, voice.microphone
        records = TalkRecords(ports.local_store, ports.tab_store, ports.talk_lock, ports.clock)
        app = SpeakerApp(
            account=account,
            creation=creation,
            microphone=microphone,
            recorder=self.recorder,
            sound_panel=SoundPanel(
                microphone, voice.encoders.sample_rate, ports.window.next_frame, self.view.show_level
            ),
            records=records,
            tracker=TalkTracker(ports.clock, records, self._keep_open, self._on_air.show_length),
            new_service=voice.new_service,
            link_to=ports.site.listen_link,
            show=self._show,
            was_touched=ports.browser.was_touched,
        )
        self.view.bind(app)
        self.preferences.bind(app)
        self.preferences.shortcuts.bind(app, self.share.open_code)
        if own_sessions is not None:
            talks = TalkList(own_sessions, self.recorder, self._talks.draw, app.sign_in_ran_out)
            self._talks.bind(talks, app.open_again)
        return app

    def follow_window(self, app: SpeakerApp) -> None:
        """What the device and the window tell; and `window.lectern`, which says that the page can be used."""
        window = self._ports.window
        window.on("online", lambda: app.network_changed(True))
        window.on("offline", lambda: app.network_changed(False))
        window.on("pagehide", app.leave)
        window.on_visible(app.page_seen)
        window.on_visible(self._screen.page_seen)
        window.publish(app.stats)

    def _show(self, model: Model) -> None:
        self.view.show(model)
        self._talks.follow(model)

    def _keep_open(self, is_running: bool) -> None:
        """During a talk the page is not left by mistake, and the screen stays on: phones mute what sleeps."""
        self._ports.browser.keep_open(is_running)
        self._screen.busy(is_running)
