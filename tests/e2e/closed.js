// Test tool: a browser whose services are there, but say no or never answer. `window.__closed` counts the times.
(() => {
  window.__closed = {};
  const note = (name) => (window.__closed[name] = (window.__closed[name] ?? 0) + 1);
  const no = (name) => {
    note(name);
    return new DOMException(`no ${name} today`, "SecurityError");
  };
  const throws = (target, name) =>
    Object.defineProperty(target, name, {
      configurable: true,
      get() {
        throw no(name);
      },
    });
  const rejects = (target, method, name) => {
    if (target) target.prototype[method] = () => Promise.reject(no(name));
  };
  const neverAnswers = (target, method, name) => {
    if (target)
      target[method] = () => {
        note(name);
        return new Promise(() => {});
      };
  };

  throws(window, "localStorage");
  throws(window, "sessionStorage");
  IDBFactory.prototype.open = () => {
    note("indexedDB");
    return new EventTarget(); // a request that no event ends
  };
  rejects(window.LockManager, "request", "locks");
  neverAnswers(window.LockManager?.prototype, "query", "locks");
  rejects(window.WakeLock, "request", "wakeLock");
  rejects(window.Clipboard, "writeText", "clipboard");
  Navigator.prototype.share = () => Promise.reject(no("share"));
  MediaSession.prototype.setActionHandler = () => {
    throw no("mediaSession");
  };
  AudioEncoder.isConfigSupported = async (config) => ({ supported: true, config });
  AudioEncoder.prototype.encode = () => note("AudioEncoder"); // which never gives a packet
  AudioDecoder.isConfigSupported = async (config) => ({ supported: true, config });
  AudioDecoder.prototype.decode = () => note("AudioDecoder");
  neverAnswers(AudioDecoder.prototype, "flush", "AudioDecoder");
})();
