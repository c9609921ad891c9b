"""Portable: a speaker who has not come, is away or takes a break; and a listener who saves data."""

from tests.support.listener_harness import CODE, ListenerHarness


async def test_before_the_speaker_came_the_page_waits_and_begins_by_itself() -> None:
    stage = await ListenerHarness().join()
    stage.say("speakerAway")
    assert (stage.state, stage.page.visible["waiting"]) == ("speaker-away", True)
    assert "not here yet" in stage.page.texts["state"]
    stage.say("speakerBack")
    assert not stage.page.visible["waiting"]
    await stage.hear()
    assert stage.state == "live"


async def test_a_speaker_who_was_here_is_said_to_come_back() -> None:
    told = await ListenerHarness().join()
    told.say("speakerAway", graceMs=100_000)
    heard = await ListenerHarness().join()
    await heard.hear()
    heard.say("speakerAway")
    seen = await ListenerHarness().join()
    seen.say("speakerBack")
    seen.say("speakerAway")
    for stage in (told, heard, seen):
        assert "coming back" in stage.page.texts["state"]
        assert stage.page.visible["waiting"]


async def test_a_break_is_told_before_the_tap_and_waited_for_after_it() -> None:
    stage = ListenerHarness()
    stage.api.status = "paused"
    await stage.app.open(CODE)
    assert (stage.state, stage.page.visible["waiting"]) == ("ready", False)
    assert "taking a break" in stage.page.texts["state"]
    stage.api.status = "active"
    await stage.clock.advance(60)
    assert stage.page.texts["state"] == "Ready when you are."
    await stage.join()
    stage.say("broadcastPaused")
    assert (stage.state, stage.page.visible["waiting"]) == ("paused", True)
    stage.say("broadcastResumed")
    await stage.hear()
    assert (stage.state, stage.page.visible["waiting"]) == ("live", False)


async def test_who_saves_data_receives_nothing_while_muted_and_is_live_again_after() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    stage.app.save_data(True)
    assert stage.state == "live"
    await stage.do("mute")
    assert (stage.state, stage.page.texts["mute"]) == ("paused", "Unmute")
    assert "Nothing is received" in stage.page.texts["state"]
    assert stage.socket.closed_by_client
    await stage.clock.advance(30)
    assert len(stage.connector.sockets) == 1, "no connection is looked for"
    assert stage.loudspeaker.is_open, "the tap that let sound in still counts"
    await stage.do("mute")
    assert stage.state == "connecting"
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2")
    stage.say("sessionJoined", sessionId=CODE, status="active")
    stage.seq += 1500
    await stage.clock.settle()
    await stage.hear(10)
    assert stage.state == "live"
    stats = stage.app.stats()
    assert (stats["framesLost"], stats["gaps"]) == (0, 0)


async def test_a_talk_that_ends_while_data_is_saved_is_noticed() -> None:
    stage = await ListenerHarness().join()
    stage.app.save_data(True)
    await stage.do("mute")
    stage.api.status = "ended"
    await stage.clock.advance(60)
    assert stage.state == "ended"
    assert stage.clock.waiting() == 0


async def test_muted_before_the_saver_was_switched_on_saves_from_then_and_off_receives_again() -> None:
    stage = await ListenerHarness().join()
    await stage.do("mute")
    stage.app.save_data(True)
    assert stage.state == "paused"
    stage.app.save_data(False)
    await stage.clock.settle()
    assert (stage.state, len(stage.connector.sockets)) == ("connecting", 2)
    assert stage.loudspeaker.volume == 0.0


async def test_turned_down_to_nothing_counts_as_muted_for_the_saver_too() -> None:
    stage = await ListenerHarness().join()
    stage.app.save_data(True)
    stage.app.set_volume(0.0)
    assert (stage.state, stage.socket.closed_by_client) == ("paused", True)
    stage.app.set_volume(0.5)
    await stage.clock.settle()
    assert (stage.state, len(stage.connector.sockets)) == ("connecting", 2)


async def test_what_the_sound_costs_is_shown_over_all_connections() -> None:
    stage = await ListenerHarness().join()
    assert (stage.page.texts["data"], stage.page.visible["data-figure"]) == ("", False)
    await stage.hear(70)
    # 640 bytes of PCM, 12 of header and about 78 around them: 730 for each of 70 frames.
    assert stage.page.texts["data"] == "about 0.1 MB"
    assert stage.app.stats()["bytesReceived"] == 70 * 652
    stage.app.stop()
    await stage.join()
    assert stage.app.stats()["bytesReceived"] == 0
    assert stage.page.texts["data"] == "about 0.1 MB"


async def test_stop_lets_go_of_everything_and_listen_works_again() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    stage.app.stop()
    assert (stage.state, stage.loudspeaker.is_open) == ("ready", False)
    assert stage.page.visible["listen"]
    await stage.join()
    await stage.hear()
    assert stage.state == "live"


async def test_stop_while_connecting_is_no_failure() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.app.stop()
    await stage.clock.advance(30)
    assert (stage.state, stage.notice) == ("ready", "")
