"""A talk that is there before its speaker: listeners wait, and nothing they see is untrue."""

import json
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import APIRequestContext

from tests.e2e.looks import inspect
from tests.e2e.pages import Stage

SIGN_IN = {
    "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    "Content-Type": "application/x-amz-json-1.1",
}


class Owner:
    """Somebody who makes a talk and does not come: no page is open, only the HTTP API is spoken to."""

    def __init__(self, ask: APIRequestContext, url: str) -> None:
        self._ask = ask
        account = ask.get(f"{url}/dev/account").json()
        who = {"USERNAME": account["email"], "PASSWORD": account["password"]}
        wanted = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": account["clientId"], "AuthParameters": who}
        endpoint = urljoin(url, account["cognitoEndpoint"])
        answer = ask.post(endpoint, headers=SIGN_IN, data=json.dumps(wanted)).json()
        self._headers = {"Authorization": f"Bearer {answer['AuthenticationResult']['IdToken']}"}
        made = self._send("POST", f"{url}/sessions", {"sourceLanguage": "en", "qualityTier": "standard"})
        self.code = str(made.json()["sessionId"])
        self._session = f"{url}/sessions/{self.code}"

    def set_status(self, status: str) -> None:
        self._send("PATCH", self._session, {"status": status})

    def end(self) -> None:
        self._send("DELETE", self._session, None)

    def _send(self, method: str, url: str, body: object) -> Any:
        answer = self._ask.fetch(url, method=method, headers=self._headers, data=body)
        assert answer.ok, answer.text()
        return answer


def test_who_comes_before_the_speaker_is_told_so_and_sees_the_talk_end(stage: Stage) -> None:
    listener = stage.silent_listener()
    owner = Owner(listener.context.request, stage.url)
    owner.set_status("paused")
    listener.open(f"{stage.url}/listener/?s={owner.code}")
    listener.expect_sentence("The speaker is taking a break.")
    inspect(listener, "ready-paused")
    owner.set_status("active")
    listener.expect_sentence("Ready when you are.")
    listener.click("listen")
    listener.expect_state("speaker-away")
    listener.expect_sentence("The speaker is not here yet. Stay on this page.")
    inspect(listener, "speaker-expected")
    owner.end()
    listener.expect_state("ended")
