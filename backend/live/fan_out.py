"""Who hears a track, and the short way to all who keep up."""

import logging
import os

from backend.live.peer import Peer

log = logging.getLogger("lectern.sound")


class FanOut:
    """Writes the same sound to many connections.

    A connection for which nothing waits is written to by its descriptor, past its Peer and its
    transport. In a round over a thousand of them every object that is looked at has left the
    processor's caches since the last round, and waiting for memory was a fifth of the time; so the
    loop looks at one number each. Whatever that loop cannot write goes the long way, and so does
    everybody who is behind, at their end, or behind TLS.
    """

    __slots__ = ("_fast_path", "_slow_path")

    def __init__(self) -> None:
        self._fast_path: dict[int, Peer] = {}
        self._slow_path: set[Peer] = set()

    def __len__(self) -> int:
        return len(self._fast_path) + len(self._slow_path)

    def join(self, peer: Peer) -> None:
        """From now on this connection hears the track."""
        peer.on_send_blocked = self._leave_fast_path
        self._slow_path.add(peer)

    def leave(self, peer: Peer) -> None:
        """It no longer does."""
        self._leave_fast_path(peer)
        self._slow_path.discard(peer)

    def send(self, frames: list[bytes]) -> int:
        """Send whole frames to everybody. Returns how many were dropped for those who are behind."""
        joined = b"".join(frames)
        late = [(peer, 0) for peer in self._slow_path]
        late += self._write_fast_path(joined)
        return sum(self._write(peer, joined[written:], frames) for peer, written in late)

    def _write_fast_path(self, wire: bytes) -> list[tuple[Peer, int]]:
        """Returns who could not be written all of it, and how much of it was."""
        size, write = len(wire), os.write
        short = []
        for fd in self._fast_path:
            try:
                written = write(fd, wire)
            except OSError:
                written = 0  # Full or broken: its transport will find out.
            if written != size:
                short.append((self._fast_path[fd], written))
        return short

    def _write(self, peer: Peer, wire: bytes, frames: list[bytes]) -> int:
        try:
            dropped = peer.write_sound(wire, frames)
            fd = peer.fast_path_fd()
        except Exception:
            # One connection's trouble is not the others'.
            log.exception("sound could not be sent")
            peer.abort()
            return 0
        if fd is not None:
            self._slow_path.discard(peer)
            self._fast_path[fd] = peer
        return dropped

    def _leave_fast_path(self, peer: Peer) -> None:
        """Something waits for this connection now, or its descriptor may soon be another's."""
        if self._fast_path.get(peer.fd) is peer:
            del self._fast_path[peer.fd]
            self._slow_path.add(peer)
