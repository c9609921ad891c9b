// What a page asked of the device around it, kept in window.__device for the tests.
const device = (window.__device = { handlers: {}, wakeLocks: 0, microphones: 0, sinks: [], played: [] });
const watch = (owner, name, note) => {
  const original = owner?.prototype[name];
  if (!original) return;
  owner.prototype[name] = function (...args) {
    note(this, ...args);
    return original.apply(this, args);
  };
};
watch(window.MediaSession, "setActionHandler", (_session, action, handler) => (device.handlers[action] = handler));
watch(window.WakeLock, "request", () => device.wakeLocks++);
watch(window.MediaDevices, "getUserMedia", () => device.microphones++);
watch(window.AudioContext, "setSinkId", (_context, id) => device.sinks.push(id));
watch(window.HTMLMediaElement, "play", (element) => device.played.push(element));
