"""A WebSocket as the doorkeeper sees it."""

from backend.ws.participant import Participant
from pylib.protocol import codes


class Guest:
    """Implements doorkeeper.Guest: in no room until it has created, joined or entered a session.

    Attributes:
        turned_away: closed although it sent nothing wrong; it may come again later.
    """

    __slots__ = ("participant", "turned_away")

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        self.turned_away = False

    @property
    def address(self) -> str:
        """What it is counted by."""
        return self.participant.address

    @property
    def seated(self) -> bool:
        """Whether it is in a room."""
        return self.participant.room is not None

    def give_way(self) -> bool:
        """Close it for another one, unless it is in a room or closing already."""
        if self.seated or self.participant.peer.dead:
            return False
        self.turn_away()
        return True

    def turn_away(self) -> None:
        """Close it with the code that lets its client come again."""
        self.turned_away = True
        self.participant.peer.close(codes.CLOSE_RATE_LIMIT, codes.RATE_LIMIT_EXCEEDED)
