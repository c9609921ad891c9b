"""Portable: a live client on the original system's own backend, whose side the test plays."""

import asyncio
from typing import Any

from pylib.errors import ConnectionRefused, HttpError, RequestFailed
from pylib.realtime.address import Address
from pylib.realtime.aws_backend import CONSENT_S, SEATED_S, AwsConnector
from pylib.realtime.aws_messages import readable
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import GATEWAY_TIMING, Timing
from tests.support.fake_clock import FakeClock
from tests.support.fake_socket import FakeConnector, FakeSocket
from tests.support.portable import async_raises

GOLDEN = "golden-eagle-427"
BEGUN_MS = 1_700_000_000_000


class Person:
    """A client on that backend; with a token it is a speaker's. `ended` are the ids ended over HTTP."""

    def __init__(self, token: str = "", *, has_api: bool = True, timing: Timing = GATEWAY_TIMING) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.ended: list[str] = []
        self.end_error: Exception | None = None
        self.end_answers: asyncio.Event | None = None
        self._jwt = token
        self.client = RealtimeClient(
            AwsConnector(self.connector, self.clock, BEGUN_MS, self._end if has_api else None),
            self.clock,
            Address("wss://live.example/prod", token_in_query=True, offers_subprotocol=False),
            timing=timing,
            random=lambda: 0.0,
            token=self._token if token else None,
        )
        self.client.set_language("es")

    async def _token(self) -> str:
        return self._jwt

    async def _end(self, session_id: str) -> None:
        if self.end_answers is not None:
            await self.end_answers.wait()
        if self.end_error is not None:
            raise self.end_error
        self.ended.append(session_id)

    @property
    def socket(self) -> FakeSocket:
        return self.connector.last

    def actions(self) -> "list[str]":
        return [text["action"] for text in self.socket.texts]

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.say(dict(fields, type=kind, timestamp="1790000000000"))

    async def begin(self, session_id: str = "") -> Any:
        """Connect; the task ends when the client counts as let in."""
        task = asyncio.create_task(self.client.connect(session_id))
        await self.clock.settle()
        self.socket.accept()
        await self.clock.settle()
        return task

    async def ask(self, action: str, answer: str) -> Any:
        task = asyncio.create_task(self.client.request(action, {}, answer))
        await self.clock.settle()
        return task


async def speaking() -> Person:
    """The speaker of a session that was made the older way."""
    person = Person("jwt")
    await (await person.begin())
    creating = await person.ask("createSession", "sessionCreated")
    person.say("sessionCreated", sessionId=GOLDEN)
    person.client.session_id = (await creating)["sessionId"]
    return person


async def test_no_subprotocol_is_offered_and_the_address_has_only_what_older_servers_know() -> None:
    person = Person("jwt")
    await person.begin(GOLDEN)
    assert person.socket.subprotocols == []
    assert person.socket.url == (
        "wss://live.example/prod?sessionId=golden-eagle-427&token=jwt&targetLanguage=es"
    )


async def test_without_a_welcome_the_older_way_goes_on_at_once() -> None:
    person = Person("jwt")
    await (await person.begin())
    assert person.clock.monotonic_s() == 0


async def test_answers_without_a_request_id_are_matched_by_their_type() -> None:
    person = await speaking()
    pausing = await person.ask("pauseBroadcast", "broadcastPaused")
    muting = await person.ask("muteBroadcast", "broadcastMuted")
    assert all("requestId" not in text for text in person.socket.texts)
    person.say("broadcastMuted", requestId="the gateway's own")
    person.say("broadcastPaused")
    assert (await muting)["type"] == "broadcastMuted"
    assert (await pausing)["type"] == "broadcastPaused"


async def test_an_error_without_a_request_id_may_belong_to_any_request() -> None:
    person = await speaking()
    waiting = [
        await person.ask("pauseBroadcast", "broadcastPaused"),
        await person.ask("muteBroadcast", "broadcastMuted"),
    ]
    person.say("error", code="RATE_LIMIT_EXCEEDED", message="Slow down")
    for task in waiting:
        assert (await async_raises(RequestFailed, task)).code == "RATE_LIMIT_EXCEEDED"
    assert person.client.state == "open"


async def test_the_gateways_own_refusal_is_an_error_too() -> None:
    for refusal in (
        {"message": "Forbidden", "connectionId": "L1=", "requestId": "r1"},
        {"error": "Internal server error", "timestamp": 1},
        {"type": "error", "message": "no code"},
    ):
        person = await speaking()
        pausing = await person.ask("pauseBroadcast", "broadcastPaused")
        person.socket.say(refusal)
        assert (await async_raises(RequestFailed, pausing)).code == "INTERNAL_SERVER_ERROR"


async def test_a_request_that_is_neither_answered_nor_refused_was_heard() -> None:
    person = await speaking()
    pausing = await person.ask("pauseBroadcast", "broadcastPaused")
    await person.clock.advance(CONSENT_S + 0.1)
    assert (await pausing)["type"] == "broadcastPaused"


async def test_an_answer_that_comes_twice_or_too_late_undoes_nothing() -> None:
    person = await speaking()
    told: list[Any] = []
    person.client.on("broadcastPaused", told.append)
    pausing = await person.ask("pauseBroadcast", "broadcastPaused")
    await person.clock.advance(CONSENT_S + 0.1)
    await pausing
    person.say("broadcastPaused")
    assert len(told) == 1


async def test_an_unanswered_status_keeps_nobody_waiting_and_forgets_no_listeners() -> None:
    person = await speaking()
    told: list[Any] = []
    person.client.on("sessionStatus", told.append)
    status = await (await person.ask("getSessionStatus", "sessionStatus"))
    assert status["createdAt"] == BEGUN_MS
    person.say("sessionStatus", listenerCount="3", sessionDuration=None)
    status = await (await person.ask("getSessionStatus", "sessionStatus"))
    assert (status["listenerCount"], told[1]["listenerCount"]) == (3, 3)
    assert "sessionDuration" not in status


async def test_listeners_are_asked_for_with_each_heartbeat() -> None:
    person = await speaking()
    await person.clock.advance(GATEWAY_TIMING.heartbeat_every_s + 1)
    assert person.actions()[-2:] == ["heartbeat", "getSessionStatus"]


async def test_a_listener_joins_by_itself_and_again_after_each_reconnect() -> None:
    person = Person()
    connecting = await person.begin(GOLDEN)
    join = {"action": "joinSession", "sessionId": GOLDEN, "targetLanguage": "es"}
    assert person.socket.last("joinSession") == join
    person.say("heartbeatAck", id=1)
    await person.clock.settle()
    assert not connecting.done(), "an answered heartbeat says nothing of a listener's seat"
    person.say("sessionJoined", sessionId=GOLDEN, listenerCount="3")
    await connecting
    person.socket.drop(1001)
    await person.clock.advance(0.1)
    person.socket.accept()
    assert person.socket.last("joinSession") == join
    assert len(person.connector.sockets) == 2


async def test_before_the_gateway_cuts_it_a_connection_is_replaced_by_one_that_has_joined() -> None:
    person = Person(timing=Timing(30.0, 10.0, 10.0, False, 20.0))
    connecting = await person.begin(GOLDEN)
    first = person.socket
    person.say("sessionJoined", sessionId=GOLDEN)
    await connecting
    await person.clock.advance(21)
    second = person.socket
    second.accept()
    assert person.actions() == ["refreshConnection", "joinSession"]
    assert first.is_open
    person.say("sessionJoined", sessionId=GOLDEN)
    assert (first.closed_by_client, person.client.state, person.client.refreshes) == (True, "open", 1)


async def test_a_listener_whose_joining_failed_joins_again() -> None:
    person = Person()
    connecting = await person.begin(GOLDEN)
    person.socket.say({"message": "Internal server error", "connectionId": "L1=", "requestId": "Kx="})
    await person.clock.advance(0.1)
    person.socket.accept()
    person.say("sessionJoined", sessionId=GOLDEN)
    await connecting
    assert len(person.connector.sockets) == 2


async def test_what_only_this_projects_server_knows_is_not_sent() -> None:
    person = Person()
    connecting = await person.begin(GOLDEN)
    person.say("sessionJoined", sessionId=GOLDEN)
    await connecting
    person.client.send("playbackReport", {"audible": True})
    person.client.send("setAdmission", {"doorClosed": True})
    assert person.actions() == ["heartbeat", "joinSession"]


async def test_a_speaker_who_comes_with_a_session_is_let_in_or_refused() -> None:
    person = Person("jwt")
    connecting = await person.begin(GOLDEN)
    person.say("heartbeatAck", id=1, serverTime="1790000000000")
    await person.clock.advance(SEATED_S + 0.1)
    await connecting
    for is_told in (True, False):
        person = Person("jwt")
        connecting = await person.begin(GOLDEN)
        person.say("heartbeatAck", id=1)
        if is_told:
            person.say("error", code="SESSION_INACTIVE", message="Session is not active")
        else:
            person.socket.drop(1008, "SESSION_INACTIVE")
        assert (await async_raises(ConnectionRefused, connecting)).code == "SESSION_INACTIVE"


async def test_final_codes_stop_reconnecting_however_the_socket_is_closed_then() -> None:
    for code in ("SESSION_NOT_FOUND", "SESSION_INACTIVE", "AUTH_TOKEN_EXPIRED"):
        person = await speaking()
        person.say("error", code=code, message="no")
        person.socket.drop(1006)
        await person.clock.advance(60)
        assert (person.client.state, person.client.close_reason) == ("closed", code)
        assert len(person.connector.sockets) == 1


async def test_ending_goes_over_http() -> None:
    person = await speaking()
    ended: list[Any] = []
    person.client.on("sessionEnded", ended.append)
    await person.client.request("endSession", {"sessionId": GOLDEN, "reason": "done"}, "sessionEnded")
    assert (person.ended, ended[0]["reason"]) == ([GOLDEN], "done")
    assert "endSession" not in person.actions()


async def test_an_end_that_the_socket_tells_before_http_answers_is_an_answer_too() -> None:
    for is_told in (True, False):
        person = await speaking()
        person.end_answers = asyncio.Event()
        ending = person.client.request("endSession", {"sessionId": GOLDEN}, "sessionEnded")
        task = asyncio.create_task(ending)
        await person.clock.settle()
        if is_told:
            person.say("sessionEnded", sessionId=GOLDEN)
        person.socket.drop(1000)
        assert (await task)["type"] == "sessionEnded"
        person.end_answers.set()
        await person.clock.settle()


async def test_an_end_that_fails_or_is_not_possible_is_told() -> None:
    person = await speaking()
    person.end_error = HttpError("no", status_code=500, code="HTTP_500")
    without_api = Person("jwt", has_api=False)
    await (await without_api.begin())
    for somebody, code in ((person, "HTTP_500"), (without_api, "END_UNSUPPORTED")):
        ending = somebody.client.request("endSession", {"sessionId": GOLDEN}, "sessionEnded")
        assert (await async_raises(RequestFailed, ending)).code == code


async def test_a_text_that_is_no_message_changes_nothing() -> None:
    person = await speaking()
    for text in ("nonsense", "[]", "5", "{}", '{"type": 5}', '{"message": 5}'):
        person.socket.say_raw(text)
    assert person.client.state == "open"


async def test_a_code_may_be_a_number_or_stand_inside() -> None:
    cases: list[Any] = [
        ({"code": 404}, "SESSION_NOT_FOUND"),
        ({"code": "410"}, "SESSION_INACTIVE"),
        ({"error": {"code": "SESSION_NOT_FOUND", "message": "no"}}, "SESSION_NOT_FOUND"),
    ]
    for fields, code in cases:
        person = Person()
        joining = await person.begin(GOLDEN)
        person.say("error", **fields)
        refused = await async_raises(ConnectionRefused, joining)
        assert refused.code == code


def test_what_the_gateway_throttles_is_told_as_such() -> None:
    said = readable('{"message": "Too Many Requests", "requestId": "K="}')
    assert said is not None
    assert said["code"] == "RATE_LIMIT_EXCEEDED"
    for odd in ('{"code": 500, "type": "error"}', '{"code": null, "type": "error"}', '{"error": {}}'):
        said = readable(odd)
        assert said is not None
        assert said["code"] == "INTERNAL_SERVER_ERROR"
