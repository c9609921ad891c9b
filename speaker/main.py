"""The speaker page's composition root: chooses the adapters and connects the parts."""

import random

from pylib.auth.account import CognitoAccount
from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import TokenProvider
from pylib.auth.token_store import TokenStore
from pylib.browser.clock import BrowserClock
from pylib.browser.console import log_to_console
from pylib.browser.dom import BrowserLanguages, DomPage, Window, random_id
from pylib.browser.fetch import FetchTransport
from pylib.browser.keyboard import BrowserKeyboard
from pylib.browser.lazy_packages import LazyPackages
from pylib.browser.local_store import LocalStore
from pylib.browser.locks import BrowserTalkLock, web_locks
from pylib.browser.microphone import BrowserAudioInput
from pylib.browser.opus_encoder import OpusEncoder, can_encode_opus
from pylib.browser.site import Site
from pylib.browser.storage import EncryptedStore, TabStore
from pylib.browser.visit import BrowserVisit
from pylib.browser.wake_lock import BrowserScreen
from pylib.browser.websocket import BrowserConnector
from pylib.config.app_config import AppConfig, parse_config
from pylib.errors import ConfigError
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from pylib.realtime.text_transport import connector_for, timing_for
from pylib.session.http_service import SessionHttpService
from pylib.session.models import decode_session
from pylib.tasks import begin, in_background
from pylib.ui.i18n import InterfaceLanguage
from pylib.ui.screen_wake import ScreenWake
from speaker.app import SpeakerApp
from speaker.demo_account import demo_account
from speaker.sound.encoders import EncoderChoice
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound.sound_panel import SoundPanel
from speaker.talk.record import TalkRecords
from speaker.talk.service import SpeakerService
from speaker.talk.starter import SessionCreator
from speaker.talk.tracker import TalkTracker
from speaker.view.on_air_view import OnAirView
from speaker.view.preferences import SpeakerPreferences
from speaker.view.share_view import ShareView
from speaker.view.view import SpeakerView

log_to_console()

window = Window()
page = DomPage()
clock = BrowserClock()
transport = FetchTransport()
site = Site(window, transport)
languages = BrowserLanguages()
visit = BrowserVisit()
share = ShareView(page, visit, window.copy, site.catalog_text)
# Wanted when a talk begins: seconds of loading that nobody shall wait for before.
code_drawer = LazyPackages(["segno"], ["segno"], came=share.draw_code)
packages = LazyPackages(["pydantic"], ["pydantic_core", "pydantic", "pylib.protocol.sessions"])
awake = ScreenWake(BrowserScreen())
awake.want(True)
talk = OnAirView(page, languages)
view = SpeakerView(page, languages, talk, share)
interface = InterfaceLanguage(page, languages, site.catalog_text)
preferences = SpeakerPreferences(page, LocalStore(), BrowserKeyboard(), view, interface)
interface.subscribe(view.set_texts, preferences.set_texts)


async def packages_came() -> None:
    """Raises NetworkError."""
    await code_drawer.arrive()
    await packages.arrive()


def keep_open(is_running: bool) -> None:
    """During a talk the page is not left by mistake, and the screen stays on: phones mute what sleeps."""
    visit.keep_open(is_running)
    awake.busy(is_running)


def build(config: AppConfig) -> SpeakerApp:
    """Everything below the page, for one config."""
    cognito = CognitoClient(transport, clock, config.cognito_endpoint, config.client_id)
    store = TokenStore(EncryptedStore(config.encryption_key))
    tokens = TokenProvider(store, cognito.refresh, clock, exclusive=web_locks())
    account = CognitoAccount(cognito, tokens, store)
    worklet = site.url("pylib/browser/worklets/capture-worklet.js")
    microphone = MicrophoneKeeper(BrowserAudioInput(worklet, clock), clock)
    encoders = EncoderChoice(
        can_encode_opus, OpusEncoder, transport=config.transport, asked_for=window.parameter("audio")
    )
    address = Address(config.websocket_url, token_in_query=config.socket_auth == "query")

    def new_client() -> RealtimeClient:
        return RealtimeClient(
            connector_for(config.transport, BrowserConnector()),
            clock,
            address,
            timing=timing_for(config.transport, SPEAKER_TIMING),
            random=random.random,
            token=tokens.id_token,
        )

    creator = SessionCreator(
        config,
        account,
        clock,
        override=window.parameter("creation"),
        http_service=http_sessions(config, tokens),
        new_client=new_client,
        packages=packages_came,
    )
    memory = TalkRecords(LocalStore(), TabStore(), BrowserTalkLock(), clock)
    return SpeakerApp(
        account=account,
        creation=creator,
        microphone=microphone,
        sound=SoundPanel(microphone, encoders.sample_rate, window.next_frame, view.show_level),
        memory=memory,
        watch=TalkTracker(clock, memory, keep_open, talk.show_length),
        new_service=lambda client, changed: SpeakerService(client, microphone, encoders.new, clock, changed),
        link_to=site.listen_link,
        show=view.show,
        was_touched=visit.was_touched,
    )


def http_sessions(config: AppConfig, tokens: TokenProvider) -> SessionHttpService:
    """Sessions over HTTP, for who is signed in."""
    return SessionHttpService(
        transport,
        clock,
        config.http_api_url,
        decode_session=decode_session,
        random=random.random,
        new_id=random_id,
        store=TabStore(),
        tokens=tokens,
    )


async def main() -> None:
    """Read sentences and config, both at once; show the page."""
    config_text = begin(site.config_text)
    try:
        await interface.open(window.parameter("lang"))
        config = parse_config(await config_text(), site.root)
    except ConfigError as error:
        view.fail(error)
        return
    app = build(config)
    view.bind(app)
    preferences.bind(app)
    preferences.keys.bind(app, share.open_code)
    await app.open(await preferences.open())
    view.prefill(await demo_account(transport, config))
    window.on("online", lambda: app.network_changed(True))
    window.on("offline", lambda: app.network_changed(False))
    window.on("pagehide", app.leave)
    window.on_visible(app.page_seen)
    window.on_visible(awake.page_seen)
    window.publish(app.stats)
    code_drawer.begin()
    # Importing them holds up the sound of a talk that was continued; the next Start waits for them.
    if not app.is_running:
        packages.begin()


in_background(main)()
