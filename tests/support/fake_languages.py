"""Languages without a browser: names are made of codes, numbers have a point. Portable."""


class FakeLanguages:
    """A person who prefers `preferred`, and what is kept on their device."""

    def __init__(self, *preferred: str) -> None:
        self.choice = ""
        self._preferred = list(preferred)

    def preferred(self) -> "list[str]":
        return self._preferred

    def kept(self) -> str:
        return self.choice

    def keep(self, language: str) -> None:
        self.choice = language

    def own_names(self, codes: "list[str]") -> "list[tuple[str, str]]":
        return [(code, code + " in " + code) for code in codes]

    def names(self, codes: "list[str]", language: str) -> "list[tuple[str, str]]":
        return [(code, code + " in " + language) for code in sorted(codes)]

    def number(self, value: float, language: str) -> str:
        return str(round(value, 1))

    def moment(self, at_ms: float, language: str) -> str:
        return f"{int(at_ms)} ms in {language}"
