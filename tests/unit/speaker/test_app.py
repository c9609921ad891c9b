"""The speaker page without a browser: signing in, starting, ending; app and view on a fake page."""

from pylib.errors import InvalidCredentials, NetworkError
from tests.support.speaker_harness import SpeakerHarness


async def test_a_stranger_sees_the_sign_in_form_and_nothing_else() -> None:
    stage = SpeakerHarness()
    await stage.open()
    assert stage.state == "idle"
    assert stage.page.visible["login-form"]
    assert not stage.page.visible["start-form"]
    assert stage.page.texts["state"] == "Sign in to speak."


async def test_somebody_signed_in_before_is_signed_in_still() -> None:
    stage = SpeakerHarness()
    stage.account.user = "me"
    await stage.open()
    assert stage.page.visible["start-form"]
    assert not stage.page.visible["login-form"]


async def test_signing_in_leads_to_the_choices() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    assert stage.account.user == "me@example.com"
    assert stage.page.visible["start-form"]
    assert [value for value, _ in stage.page.choices["microphone"]] == ["", "built-in", "desk"]
    assert ("de", "de in en") in stage.page.choices["source-language"]
    assert stage.page.values["source-language"] == "en"


async def test_a_wrong_password_is_told_and_what_was_typed_stays() -> None:
    stage = SpeakerHarness()
    stage.account.error = InvalidCredentials("E-mail and password do not match.")
    await stage.sign_in()
    assert stage.notice.startswith("E-mail and password do not match.")
    assert stage.page.visible["login-form"]
    assert stage.page.values["login-password"] == "secret"


async def test_an_unreachable_server_is_told() -> None:
    stage = SpeakerHarness()
    stage.account.error = NetworkError("This site cannot be reached.")
    await stage.sign_in()
    assert stage.notice.startswith("This site cannot be reached.")
    assert stage.state == "error"
    assert stage.page.visible["login-form"]


async def test_start_goes_live_and_shows_link_code_and_mode() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    assert stage.creator.asked == [("en", "standard")]
    assert stage.state == "live"
    assert stage.page.texts["session-id"] == "golden-eagle-427"
    assert stage.page.attributes["share-link href"] == "https://talk.example/listener/?s=golden-eagle-427"
    assert stage.page.attributes["qr src"].startswith("data:image/svg+xml")
    assert stage.page.attributes["creation-mode data-mode"] == "http"
    assert stage.page.visible["controls"]
    assert not stage.page.visible["start-form"]


async def test_which_way_a_talk_was_opened_is_told_to_testers_and_operators_only() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    assert (stage.page.visible["creation-mode"], stage.page.texts["creation-mode"]) == (False, "")
    stage = SpeakerHarness()
    stage.view.tells_mode = True
    await stage.go_live()
    assert stage.page.visible["creation-mode"]
    assert stage.page.texts["creation-mode"] == "Opened the new way."


async def test_a_second_press_of_start_changes_nothing() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.do("start-form", "submit")
    assert len(stage.creator.asked) == 1
