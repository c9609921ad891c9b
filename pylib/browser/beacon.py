"""Beacon, by `navigator.sendBeacon` (W3C), or by fetch with `keepalive` where that is missing."""

import js

from pylib.browser.bridge import js_list, js_object, service, try_call


class BrowserBeacon:
    """See Beacon."""

    def send(self, url: str, text: str) -> None:
        """See Beacon. A text travels as text/plain, for which no browser asks the server beforehand."""
        if service(js.navigator, "sendBeacon") is not None:
            try_call(js.navigator, "sendBeacon", url, text)
            return
        options = js_object(method="POST", body=text, keepalive=True, mode="no-cors", credentials="omit")
        js.Promise.allSettled(js_list([js.fetch(url, options)]))

    def is_unwanted(self) -> bool:
        """See Beacon."""
        return service(js.navigator, "globalPrivacyControl") is not None
