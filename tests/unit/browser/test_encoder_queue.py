"""Blocks on their way through an encoder that the page's own thread serves, as Chromium's is."""

from pylib.browser.encoder_queue import MOST_REQUESTS, EncoderQueue


class Encoder:
    """Takes one request each time that `turn` is called, and gives a packet for each of its blocks."""

    def __init__(self) -> None:
        self.queue = EncoderQueue()
        self.packets: list[int | None] = []
        self._requests: list[int] = []

    def offer(self, timestamp_us: int) -> None:
        self.queue.add(timestamp_us, timestamp_us)
        self.pass_on()

    def pass_on(self) -> None:
        blocks = self.queue.take(len(self._requests))
        if blocks:
            self.queue.went_in(blocks)
            self._requests.append(len(blocks))

    def turn(self) -> None:
        for _ in range(self._requests.pop(0)):
            self.packets.append(self.queue.came())
            self.pass_on()


def test_one_request_for_each_25_blocks_is_enough() -> None:
    """A busy page handles every block that the worklet has posted before it serves the encoder once."""
    encoder = Encoder()
    for turn in range(40):
        for number in range(25):
            encoder.offer(turn * 25 + number)
        encoder.turn()
    behind = 25 * (MOST_REQUESTS + 1)
    assert encoder.packets[: 1000 - behind] == list(range(1000 - behind))


def test_blocks_that_wait_go_in_when_a_packet_comes_though_no_block_follows() -> None:
    encoder = Encoder()
    for number in range(100):
        encoder.offer(number)
    for _ in range(MOST_REQUESTS + 1):
        encoder.turn()
    assert encoder.packets == list(range(100))
    assert not encoder.queue.has_more


def test_a_block_that_was_refused_gives_no_packet_and_shifts_no_later_one() -> None:
    encoder = Encoder()
    encoder.queue.add(None, 1)
    encoder.queue.take(0)
    encoder.offer(2)
    encoder.turn()
    assert encoder.packets == [2]
    assert encoder.queue.came() is None
