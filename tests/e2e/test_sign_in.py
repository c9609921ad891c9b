"""Signing in lasts, signing out ends it, and no token lies in clear in the browser; the flag counts at once."""

import math

from playwright.sync_api import expect

from tests.e2e.pages import STATE_MS, Listener, Speaker, Stage, Visitor
from tests.e2e.servers import DevServer

DUMP = """async () => {
  const parts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      indexedDB.open(name).onsuccess = ({ target }) => done(target.result);
    });
    for (const store of database.objectStoreNames) {
      const records = await new Promise((done) => {
        database.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) => done(target.result);
      });
      for (const record of records) {
        const text = record.data ? new TextDecoder("latin1").decode(record.data) : "";
        parts.push(`${store}: ${Object.prototype.toString.call(record)} ${record.extractable} ${text}`);
      }
    }
    database.close();
  }
  return parts.join("\\n");
}"""
"""Everything this site keeps in the browser."""


def test_signed_in_until_signing_out_while_the_flag_changes(own_stage: Stage, own_server: DevServer) -> None:
    """Nothing is restarted: what the config file says counts at the next page load, and so does the sign-in."""
    speaker, listener = own_stage.speaker(), own_stage.silent_listener()
    speaker.open(f"{own_stage.url}/speaker/")
    speaker.picture("signed-out")
    with speaker.page.expect_response(lambda response: "/cognito/" in response.url) as answered:
        speaker.sign_in()
    tokens = answered.value.json()["AuthenticationResult"]
    secrets = [tokens["IdToken"], tokens["AccessToken"], tokens["RefreshToken"]]
    talk(speaker, listener, "websocket", "legacy mode")
    own_server.configure(use_http_session_creation=True)
    speaker.open(f"{own_stage.url}/speaker/")
    speaker.expect_hidden("login-submit")
    talk(speaker, listener, "http", "hybrid mode")
    kept = speaker.page.evaluate(DUMP)
    assert "records: [object Object]" in kept
    assert "keys: [object CryptoKey] false" in kept
    assert not [secret for secret in ["eyJ", *secrets] if secret in kept]
    speaker.click("sign-out")
    expect(speaker.see("login-submit")).to_be_visible(timeout=STATE_MS)
    speaker.expect_hidden("start")
    speaker.expect_sentence("Sign in to speak.")
    assert "records" not in speaker.page.evaluate(DUMP)
    seen = "\n".join(speaker.console + speaker.requested)
    assert not [secret for secret in secrets if secret in seen]


def talk(speaker: Speaker, listener: Listener, mode: str, name: str) -> None:
    """A short talk; the console names the way it was opened, stats are plain numbers."""
    expect(speaker.see("start")).to_be_visible()
    speaker.picture("signed-in")
    listener.hear(speaker.start())
    expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
    assert [line for line in speaker.console if name in line]
    listener.wait_for_stat("framesReceived", 25)
    expect_numbers(speaker, "framesSent", "framesDropped", "reconnects", "roundTripMs")
    expect_numbers(listener, "framesReceived", "gaps", "bufferMs", "delayMs", "framesLost")
    speaker.end()


def expect_numbers(visitor: Visitor, *names: str) -> None:
    stats = visitor.stats()
    assert set(names) <= set(stats)
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in stats.values())
