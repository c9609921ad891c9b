"""What a server says: names from one place, every field by its model, absent and null told apart."""

from typing import get_args, get_type_hints

import pytest
from pydantic import ValidationError

from pylib.protocol import message_types
from pylib.protocol.client_messages import ClientMessage
from pylib.protocol.server_messages import (
    BroadcastMuted,
    ErrorMessage,
    Goaway,
    HeartbeatAck,
    ServerMessage,
    SpeakerAway,
    Welcome,
)

NOW_MS = 1_700_000_000_000
NAMES = {value for name, value in vars(message_types).items() if name.isupper()}


def actions() -> list[str]:
    hints = [get_type_hints(model)["action"] for model in ClientMessage.__subclasses__()]
    return [name for hint in hints for name in get_args(hint)]


def types() -> list[str]:
    return [model.type for model in ServerMessage.__subclasses__()]


def test_every_message_has_a_name_and_every_name_a_message() -> None:
    named = actions() + types()
    assert sorted(named) == sorted(NAMES), "each once"
    assert len(types()) >= 19


def test_a_message_carries_its_type_and_when_it_is_sent() -> None:
    body = Goaway(reconnect_in_ms=300).body(NOW_MS)
    assert body == {"type": "goaway", "timestamp": NOW_MS, "reconnectInMs": 300}


def test_what_is_optional_is_left_out_and_what_is_unknown_is_null() -> None:
    assert SpeakerAway().body(NOW_MS).keys() == {"type", "timestamp"}
    assert SpeakerAway(grace_ms=0).body(NOW_MS)["graceMs"] == 0
    error = ErrorMessage(code="NOT_FOUND", message="No.", details={})
    assert error.body(NOW_MS).keys() == {"type", "timestamp", "code", "message", "details"}
    welcome = Welcome(
        connection_id="c",
        role="listener",
        session_id=None,
        epoch=0,
        resumed=False,
        from_seq=0,
        grace_ms=9,
        features=[],
    )
    assert welcome.body(NOW_MS)["sessionId"] is None


def test_an_answer_repeats_the_id_of_its_request() -> None:
    message = BroadcastMuted(session_id="golden-eagle-427")
    assert message.answering("r1").body(NOW_MS)["requestId"] == "r1"
    for none in (None, ""):
        assert "requestId" not in message.answering(none).body(NOW_MS)


@pytest.mark.parametrize("sent", [5, 5.5])
def test_a_heartbeat_gets_its_own_time_back_as_it_was(sent: float) -> None:
    body = HeartbeatAck(timestamp=sent, id=None, server_time=7).body(NOW_MS)
    assert (body["timestamp"], type(body["timestamp"])) == (sent, type(sent))
    assert body["id"] is None


def test_a_misspelt_field_cannot_leave() -> None:
    with pytest.raises(ValidationError):
        SpeakerAway(graceMS=300)  # type: ignore[call-arg] # the mistake that this is about
