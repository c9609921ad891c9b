"""Portable: the listener page without a browser: its controls during a talk, and what it reports."""

from tests.support.listener_harness import ListenerHarness


async def test_pause_is_silent_and_go_on_is_live_again() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    await stage.do("pause")
    assert (stage.state, stage.page.texts["pause"]) == ("paused", "Continue")
    played = stage.app.stats()["framesPlayed"]
    await stage.hear()
    assert stage.app.stats()["framesPlayed"] == played
    await stage.do("pause")
    await stage.hear()
    assert stage.state == "live"


async def test_mute_and_volume_act_on_the_loudspeaker() -> None:
    stage = await ListenerHarness().join()
    stage.page.set_value("volume", "50")
    await stage.do("volume", "input")
    assert stage.loudspeaker.volume == 0.5
    await stage.do("mute")
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.0, "Unmute")
    await stage.do("mute")
    assert stage.loudspeaker.volume == 0.5
    await stage.do("mute")
    stage.page.set_value("volume", "80")
    await stage.do("volume", "input")
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.8, "Mute")


async def test_a_volume_of_nothing_is_said_to_be_a_mute_and_unmute_leads_back() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    for level, words, button in (("40", "listening live", "Mute"), ("0", "muted the sound", "Unmute")):
        stage.page.set_value("volume", level)
        await stage.do("volume", "input")
        assert words in stage.page.texts["state"], level
        assert stage.page.texts["mute"] == button, level
    await stage.do("mute")
    assert (stage.loudspeaker.volume, stage.page.values["volume"]) == (0.4, "40")
    assert stage.page.texts["state"] == "You are listening live."


async def test_a_slider_drawn_to_nothing_passes_what_is_nearly_nothing_and_unmute_is_heard_again() -> None:
    stage = await ListenerHarness().join()
    for level in ("100", "5", "1", "0"):
        stage.page.set_value("volume", level)
        await stage.do("volume", "input")
    await stage.do("mute")
    assert (stage.loudspeaker.volume, stage.page.values["volume"]) == (0.25, "25")


async def test_the_server_learns_what_is_heard_every_two_seconds() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(110)
    report = stage.socket.last("playbackReport")
    assert report["audible"] is True
    assert report["state"] == "live"
    assert report["lastSeq"] > 0
    assert report["gaps"] == 0
    await stage.do("mute")
    await stage.hear(110)
    assert stage.socket.last("playbackReport")["audible"] is False


async def test_what_headphones_add_is_shown_and_reported_but_not_measured_with_the_rest() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(100)
    near_ms = stage.app.stats()["delayMs"]
    assert stage.page.texts["delay"] == "under 0.1 s"
    stage.loudspeaker.late_ms = 300.0
    await stage.hear(110)
    assert stage.page.texts["delay"] == "0.3 s"
    assert 300 <= stage.socket.last("playbackReport")["earDelayMs"] < 400
    assert abs(stage.app.stats()["delayMs"] - near_ms) < 50


async def test_stats_are_plain_numbers_before_and_during() -> None:
    stage = ListenerHarness()
    assert stage.app.stats() == {"framesReceived": 0}
    await stage.join()
    await stage.hear()
    stats = stage.app.stats()
    assert stats["framesReceived"] == 5
    for name in ("gaps", "bufferMs", "delayMs"):
        assert stats[name] >= 0, name
    assert all(isinstance(value, (int, float)) for value in stats.values())
