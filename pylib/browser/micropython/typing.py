"""A stand-in for `typing` on MicroPython, which has none.

MicroPython skips annotations but runs imports, base classes and functional NamedTuples.
Only the names that Lectern's portable rooms use are here.
"""

from collections import namedtuple

TYPE_CHECKING = False


class _Anything:
    """Stands for any typing construct; subscripting gives it back."""

    def __getitem__(self, _item):
        return self


Any = Awaitable = Callable = Coroutine = Iterable = TypeAlias = _Anything()


class Protocol:
    """Structural types are checked on CPython; here they are empty bases."""


def NamedTuple(name, fields):  # noqa: N802 - typing's own name
    """The functional form: NamedTuple("Point", [("x", int), ("y", int)])."""
    return namedtuple(name, [field for field, _ in fields])
