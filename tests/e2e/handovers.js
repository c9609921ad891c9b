// Test tool: keeps the page's sockets, and asks the page to move to a fresh one again and again.
const sockets = [];
const NativeSocket = window.WebSocket;

window.WebSocket = class extends NativeSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
  }
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const current = () => sockets.findLast((socket) => socket.readyState === WebSocket.OPEN);

// How many sockets are not closed yet.
window.__openSockets = () => sockets.filter((socket) => socket.readyState !== WebSocket.CLOSED).length;

// Plays the gateway that asks for a fresh connection, `count` times; each waits for the one before.
window.__handOver = async (count) => {
  const message = JSON.stringify({ type: "connectionRefreshRequired", timestamp: 0, refreshBy: 0 });
  for (let done = 0; done < count; done++) {
    const before = window.lectern.stats().refreshes;
    current().onmessage(new MessageEvent("message", { data: message }));
    while (window.lectern.stats().refreshes === before) await pause();
  }
  while (window.__openSockets() > 1) await pause();
};
