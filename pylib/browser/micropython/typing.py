"""A stand-in for `typing` on MicroPython, which has none.

MicroPython skips annotations but runs imports, base classes and functional NamedTuples.
Only the names that Lectern's portable rooms use are here.
"""

from collections import namedtuple

TYPE_CHECKING = False


class _Anything:
    """Stands for any typing construct; subscripting returns it unchanged."""

    def __getitem__(self, _item):  # type: ignore[no-untyped-def]
        return self


Any = Awaitable = Callable = Coroutine = Iterable = Iterator = TypeAlias = _Anything()


class Protocol:
    """Structural types are checked on CPython; here they are empty bases."""


def NamedTuple(name, fields):  # type: ignore[no-untyped-def]  # noqa: N802 - typing's own name
    """Make a named tuple by the functional form, from (name, type) pairs."""
    return namedtuple(name, [field for field, _ in fields])
