"""KeyValueStore, encrypted, for tokens.

Encryption keeps tokens out of the browser's files, backups and storage dumps of extensions; the key cannot
be exported. It does not protect against a script in this page, which could use the key as the page does:
therefore the pages load no script from other sites and forbid inline scripts.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import js

from pylib.browser.bridge import Callbacks, JsException, js_list, js_object, read_bytes, write_bytes
from pylib.browser.site_names import own_name, site_folder

log = logging.getLogger("lectern.storage")

_DATABASE = "lectern"
_KEYS, _RECORDS = "keys", "records"
_KEY_NAME = "tokens"
_NONCE_BYTES = 12
"""96 bits, as NIST SP 800-38D recommends for AES-GCM."""


class StorageFailed(Exception):
    """IndexedDB refused a request; its message is for the log."""


_BROKEN = (JsException, StorageFailed, AttributeError)
"""Errors of a store that is closed or full: for a call, for a request's outcome, for a missing service."""

ANSWER_S = 5.0
"""How long the browser's database and keys may take. This page does not ask again after they were late."""


class EncryptedStore:
    """AES-GCM records in IndexedDB under a non-extractable key made in this browser.

    `bound_to`, the site's encryption_key, is authenticated with each record: a record that was written
    under another one cannot be decrypted. Each site of an origin has a database of its own; what an earlier
    version kept in the one for all sites is moved there by the site that can decrypt it. Where IndexedDB is
    closed to the page (some private windows) or full, or does not answer, records live as long as the page.
    """

    def __init__(self, bound_to: str, *, database: str = "") -> None:
        self.lasts = True
        self._name = database or own_name(_DATABASE)
        self._earlier = None if self._name == _DATABASE else EncryptedStore(bound_to, database=_DATABASE)
        self._is_late = False
        self._bound_to = write_bytes(bound_to.encode())
        self._known: dict[str, str] = {}
        self._unsaved: set[str] = set()
        self._opened: Any = None
        self._key: Any = None

    async def get(self, key: str) -> str | None:
        """See KeyValueStore. A record of this site that cannot be decrypted is deleted."""
        if key in self._unsaved:
            return self._known.get(key)
        try:
            kept: str | None = await self._in_time(self._read(key))
        except _BROKEN:
            self.lasts = False
            return self._known.get(key)
        return kept

    async def set(self, key: str, value: str) -> None:
        """See KeyValueStore."""
        self._known[key] = value
        self._unsaved.add(key)
        try:
            await self._in_time(self._write(key, value))
        except _BROKEN as error:
            self.lasts = False
            log.info("%s is kept as long as this page: %s", key, error)
            return
        self._unsaved.discard(key)

    async def delete(self, key: str) -> None:
        """See KeyValueStore."""
        self._known.pop(key, None)
        self._unsaved.add(key)
        try:
            await self._in_time(self._ask("readwrite", lambda store: store.delete(key)))
        except _BROKEN as error:
            self.lasts = False
            log.warning("%s could not be removed: %s", key, error)
            return
        self._unsaved.discard(key)

    async def _in_time(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of `work`. Raises StorageFailed when the browser takes too long, now or once before."""
        if self._is_late:
            work.close()
            raise StorageFailed("the browser's storage did not answer before")
        try:
            return await asyncio.wait_for(work, ANSWER_S)
        except TimeoutError as error:
            self._is_late = True
            raise StorageFailed(f"the browser's storage did not answer in {ANSWER_S} s") from error

    async def _read(self, key: str) -> str | None:
        record = await self._ask("readonly", lambda store: store.get(key))
        if not record:
            return None if self._earlier is None else await self._moved(key, self._earlier)
        text = await self._decrypted(record)
        if text is None and not _is_of_an_earlier_version(record):
            await self.delete(key)
        return text

    async def _moved(self, key: str, earlier: "EncryptedStore") -> str | None:
        """This site's record in the database of earlier versions, kept here from now on."""
        text = await earlier.take(key)
        if text is not None:
            await self.set(key, text)
        return text

    async def take(self, key: str) -> str | None:
        """Remove and return what an earlier version kept, if it is this site's; another site's stays."""
        try:
            record = await self._ask("readonly", lambda store: store.get(key))
        except _BROKEN:
            return None
        text = await self._decrypted(record) if record and _is_of_an_earlier_version(record) else None
        if text is not None:
            await self.delete(key)
        return text

    async def _decrypted(self, record: Any) -> str | None:
        try:
            clear = await js.crypto.subtle.decrypt(self._algorithm(record.nonce), self._key, record.data)
        except (JsException, AttributeError):
            return None
        return read_bytes(js.Uint8Array.new(clear)).decode()

    async def _write(self, key: str, value: str) -> None:
        record = await self._encrypted(value)
        await self._ask("readwrite", lambda store: store.put(record, key))

    async def _ask(self, mode: str, request: Callable[[Any], Any]) -> Any:
        """The result of a request.

        After a failure it is repeated on a newly opened database, as browsers may close one at any time.
        """
        await self._open()
        try:
            return await self._answer(mode, request)
        except _BROKEN:
            self._key = None
            await self._open()
            return await self._answer(mode, request)

    async def _answer(self, mode: str, request: Callable[[Any], Any]) -> Any:
        """The result of a request.

        A write is awaited until its transaction completes: a full database reports its error only then.
        """
        store = self._store(_RECORDS, mode)
        written = _outcome(store.transaction, "complete", "abort") if mode == "readwrite" else None
        try:
            result = await _result(request(store))
            if written is not None:
                await written
        finally:
            if written is not None:
                written.cancel()
        return result

    async def _encrypted(self, value: str) -> Any:
        await self._open()
        nonce = js.crypto.getRandomValues(js.Uint8Array.new(_NONCE_BYTES))
        data = await js.crypto.subtle.encrypt(self._algorithm(nonce), self._key, write_bytes(value.encode()))
        return js_object(nonce=nonce, data=data, site=site_folder())

    def _algorithm(self, nonce: Any) -> Any:
        return js_object(name="AES-GCM", iv=nonce, additionalData=self._bound_to)

    def _store(self, name: str, mode: str) -> Any:
        return self._opened.transaction(name, mode).objectStore(name)

    async def _open(self) -> None:
        """Raises JsException or StorageFailed where the database is closed to the page."""
        if self._key is None:
            self._opened = await self._database()
            self._key = await self._stored_key() or await self._new_key()

    async def _database(self) -> Any:
        request = js.indexedDB.open(self._name, 1)
        callbacks = Callbacks()

        def upgrade(_event: Any) -> None:
            request.result.createObjectStore(_KEYS)
            request.result.createObjectStore(_RECORDS)

        request.onupgradeneeded = callbacks.lend(upgrade)
        try:
            return await _result(request)
        finally:
            callbacks.release()

    async def _stored_key(self) -> Any:
        return await _result(self._store(_KEYS, "readonly").get(_KEY_NAME))

    async def _new_key(self) -> Any:
        """Make and store a key. When another tab stored one first, both tabs use that."""
        parameters = js_object(name="AES-GCM", length=256)
        key = await js.crypto.subtle.generateKey(parameters, False, js_list(["encrypt", "decrypt"]))
        try:
            await _result(self._store(_KEYS, "readwrite").add(key, _KEY_NAME))
        except StorageFailed:
            return await self._stored_key()
        return key


def _is_of_an_earlier_version(record: Any) -> bool:
    """Whether a record does not say whose it is: with more than one site on the origin, perhaps another's."""
    return not js.Reflect.has(record, "site")


async def _result(request: Any) -> Any:
    """The result of an IndexedDB request. Raises StorageFailed."""
    await _outcome(request, "success", "error")
    return request.result


def _outcome(target: Any, good: str, bad: str) -> "asyncio.Future[None]":
    """A future for the end of a request or a transaction; StorageFailed when it ends with `bad`."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    callbacks = Callbacks()

    def ended(event: Any) -> None:
        if str(event.type) == bad:
            # Otherwise the event would bubble: it would abort the transaction and reach the console.
            event.preventDefault()
            event.stopPropagation()
        if future.done():
            return
        if str(event.type) == bad:
            future.set_exception(StorageFailed(str(target.error)))
        else:
            future.set_result(None)

    for name in (good, bad):
        callbacks.listen(target, name, ended)
    future.add_done_callback(lambda _: callbacks.release())
    return future
