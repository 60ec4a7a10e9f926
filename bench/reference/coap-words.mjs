// Look-ups on node-coap: GET /WORD answers with its translation. Usage: node coap-words.mjs WORDS; prints its port.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "coap";

const words = new Map();
for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  const colon = line.indexOf(":");
  if (colon > 0) words.set(`/${line.slice(0, colon)}`, Buffer.from(line.slice(colon + 1)));
}
const server = createServer((request, response) => {
  const found = words.get(request.url);
  if (found === undefined) response.code = "4.04";
  response.end(found);
});
const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
socket.bind(0, "127.0.0.1", () => {
  server.listen(socket);
  process.stdout.write(`${socket.address().port}\n`);
});
