// One room on socket.io, clear text over WebSocket: what anybody says goes to all. Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server, { pingInterval: 600_000, transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  void socket.join("room");
  socket.on("say", (text) => io.to("room").emit("say", text));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
