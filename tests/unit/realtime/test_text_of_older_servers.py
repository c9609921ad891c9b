"""Portable: sound from servers that number chunks, and send seconds of it at once."""

from pylib.realtime.text_transport import TextConnector, TextStream
from tests.support.fake_clock import FakeClock
from tests.support.text_connection import CREATED_AT, TextConnection, payload


def test_an_older_server_numbers_chunks_and_frames_are_counted_on() -> None:
    connection = TextConnection()
    connection.server.accept()
    connection.deliver_audio(8, payload(8) * 15)
    connection.deliver_audio(9, payload(9) * 3)
    assert connection.numbers() == list(range(18))
    connection.deliver_audio(9, payload(9) * 3)
    assert len(connection.packets) == 18, "a repeated chunk"
    connection.deliver_audio(12, payload(12) * 2)
    assert connection.numbers()[18:] == [22, 23], "two chunks of two frames are missing"
    connection.deliver_audio(0, payload(0))
    assert connection.numbers()[20:] == [24], "the speaker began anew"


def test_an_older_servers_frames_are_counted_on_across_connections() -> None:
    connection = TextConnection()
    connection.server.accept()
    connection.deliver_audio(8, payload(8) * 2)
    connection.open()
    connection.server.accept()
    connection.deliver_audio(8, payload(8) * 2)
    assert connection.numbers() == [0, 1, 2, 3]


def chunk_from_an_older_server(connection: TextConnection, number: int, frames: int) -> bytes:
    pcm = b"".join([payload(seq) for seq in range(number * frames, number * frames + frames)])
    connection.deliver_audio(number, pcm)
    return pcm


def on_an_older_server(clock: FakeClock) -> TextConnection:
    connection = TextConnection()
    connection.connector = TextConnector(connection.inner, TextStream(CREATED_AT, older=True, clock=clock))
    connection.open()
    return connection


async def test_chunks_of_seconds_from_an_older_server_are_handed_on_at_the_speed_of_speech() -> None:
    clock = FakeClock()
    connection = on_an_older_server(clock)
    sound = b""
    for number in range(3):
        sound += chunk_from_an_older_server(connection, number, 50)
        assert len(connection.packets) <= number * 50
        await clock.advance(1.0)
    assert 40 <= len(connection.packets) - 100 <= 50
    await clock.advance(0.2)
    assert connection.sound() == sound
    assert connection.numbers() == list(range(150))


async def test_short_chunks_from_an_older_server_are_handed_on_at_once() -> None:
    connection = on_an_older_server(FakeClock())
    chunk_from_an_older_server(connection, 0, 5)
    assert connection.numbers() == [0, 1, 2, 3, 4]


async def test_the_end_and_a_lost_connection_come_after_what_waits() -> None:
    for end in ("sessionEnded", ""):
        connection = on_an_older_server(FakeClock())
        chunk_from_an_older_server(connection, 0, 50)
        if end:
            connection.server.say({"type": end, "timestamp": 0, "reason": "ended"})
        else:
            connection.server.drop()
        assert len(connection.packets) == 50


def test_what_an_older_server_leaves_out_of_sound_or_writes_otherwise_is_heard() -> None:
    for fields in ({"format": "PCM"}, {"sampleRate": None}, {"channels": None}, {"sampleRate": "16000"}):
        connection = on_an_older_server(FakeClock())
        told = {"type": "audio", "audioData": "AAAA", "sequenceNumber": 0, "timestamp": CREATED_AT}
        connection.server.say(dict(told, **fields))
        assert connection.numbers() == [0], fields
