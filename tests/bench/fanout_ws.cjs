// A peer: node's ws. `node fanout_ws.cjs PORT`
const { WebSocketServer } = require("ws");

const listeners = new Set();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });
server.on("connection", (socket, request) => {
  if (request.url === "/speak") {
    socket.on("message", (frame) => listeners.forEach((listener) => listener.send(frame)));
  } else {
    listeners.add(socket);
  }
});
