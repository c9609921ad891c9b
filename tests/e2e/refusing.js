// Test tool: a browser that throws where others work: at the first sound context, the first two sockets, and
// whenever somebody wants localStorage. Also keeps the page's sockets, and counts the bytes of Python's memory.
(() => {
  window.__refused = [];
  window.__sockets = [];
  let memory = null;

  function refusing(name, times) {
    const Original = window[name];
    window[name] = class extends Original {
      constructor(...args) {
        if (times-- > 0) {
          window.__refused.push(name);
          throw new DOMException(`no ${name} today`, "NotSupportedError");
        }
        super(...args);
        if (name === "WebSocket") window.__sockets.push(this);
      }
    };
  }

  refusing("AudioContext", 1);
  refusing("WebSocket", 2);
  Object.defineProperty(window, "localStorage", {
    get() {
      window.__refused.push("localStorage");
      throw new DOMException("closed to you", "SecurityError");
    },
  });

  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await original.apply(WebAssembly, args);
      memory ??= Object.values((made.instance ?? made).exports).find((one) => one instanceof WebAssembly.Memory);
      return made;
    };
  }
  window.__pythonBytes = () => memory.buffer.byteLength;

  window.__breakSending = () => {
    window.__sockets.at(-1).send = () => {
      throw new Error("in a plain call");
    };
  };

  // Hands messages to the page as its newest socket would, in portions so that sound goes on.
  window.__flood = async (messages) => {
    const socket = window.__sockets.at(-1);
    const data = JSON.stringify({ type: "nonesuch", text: "x".repeat(2000) });
    for (let sent = 0; sent < messages; sent += 50) {
      for (let i = 0; i < 50; i++) socket.onmessage(new MessageEvent("message", { data }));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
})();
