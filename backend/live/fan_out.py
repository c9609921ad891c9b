"""The listeners of a track, and the fast path to those who keep up."""

import logging
import os

from backend.live.peer import Peer

log = logging.getLogger("lectern.sound")


class FanOut:
    """Writes the same sound to many connections.

    The fast path writes to the descriptor of a connection for which nothing waits, past its Peer and
    its transport. When a thousand connections are written to, each object touched has left the
    processor's caches since the last time, and waiting for memory was a fifth of the time; so the loop
    touches one number for each. The slow path, through the Peer, takes what the fast path could not
    write, and every connection that is behind, closing, or encrypted by TLS.
    """

    __slots__ = ("_fast_path", "_slow_path")

    def __init__(self) -> None:
        self._fast_path: dict[int, Peer] = {}
        self._slow_path: set[Peer] = set()

    def __len__(self) -> int:
        return len(self._fast_path) + len(self._slow_path)

    def join(self, peer: Peer) -> None:
        """Let this connection hear the track from now on."""
        peer.on_send_blocked = self._leave_fast_path
        self._slow_path.add(peer)

    def leave(self, peer: Peer) -> None:
        """Let this connection hear no more."""
        self._leave_fast_path(peer)
        self._slow_path.discard(peer)

    def send(self, frames: list[bytes]) -> int:
        """Send whole frames to every listener. Returns how many frames were dropped, over all listeners."""
        joined = b"".join(frames)
        late = [(peer, 0) for peer in self._slow_path]
        late += self._write_fast_path(joined)
        return sum(self._write(peer, joined[written:], frames) for peer, written in late)

    def _write_fast_path(self, wire: bytes) -> list[tuple[Peer, int]]:
        """Returns the peers that took only a part, and how many bytes they took."""
        size, write = len(wire), os.write
        short = []
        for fd in self._fast_path:
            try:
                written = write(fd, wire)
            except OSError:
                written = 0  # Full or broken: the slow path finds out which.
            if written != size:
                short.append((self._fast_path[fd], written))
        return short

    def _write(self, peer: Peer, wire: bytes, frames: list[bytes]) -> int:
        try:
            dropped = peer.write_sound(wire, frames)
            fd = peer.fast_path_fd()
        except Exception:
            # An error in one connection must not keep the sound from the others.
            log.exception("sound could not be sent")
            peer.abort()
            return 0
        if fd is not None:
            self._slow_path.discard(peer)
            self._fast_path[fd] = peer
        return dropped

    def _leave_fast_path(self, peer: Peer) -> None:
        """Bytes wait for this connection, or its descriptor may soon belong to another one."""
        if self._fast_path.get(peer.fd) is peer:
            del self._fast_path[peer.fd]
            self._slow_path.add(peer)
