"""Portable: the server knows the language that a listener chose last, and is told of it once."""

from pylib.realtime.target_language import TargetLanguage


class Server:
    """Is told of changes while it is connected."""

    def __init__(self) -> None:
        self.is_connected = False
        self.told: list[str] = []
        self.language = TargetLanguage(self._tell)

    def _tell(self, language: str) -> bool:
        if self.is_connected:
            self.told.append(language)
        return self.is_connected

    def connect(self) -> str:
        url = self.language.for_url()
        self.is_connected = True
        self.language.socket_in_use()
        return url


def test_a_language_in_the_url_is_not_sent_again() -> None:
    server = Server()
    server.language.choose("de")
    assert server.connect() == "de"
    server.language.choose("de")
    assert server.told == []


def test_a_change_while_connected_is_sent_at_once_and_once() -> None:
    server = Server()
    server.connect()
    server.language.choose("ar")
    server.language.choose("ar")
    assert server.told == ["ar"]


def test_a_change_after_the_url_was_made_is_sent_when_the_socket_is_in_use() -> None:
    server = Server()
    assert server.language.for_url() == ""
    server.language.choose("fr")
    assert server.told == []
    server.is_connected = True
    server.language.socket_in_use()
    assert server.told == ["fr"]


def test_a_change_back_to_the_url_of_a_lost_socket_is_in_the_next_url() -> None:
    server = Server()
    server.connect()
    server.language.choose("fr")
    server.is_connected = False
    server.language.choose("")
    assert server.connect() == ""
    assert server.told == ["fr"]
