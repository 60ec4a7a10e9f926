// The same loop on bare node:dgram. Usage: node dgram-loop.mjs WORDS; prints its port.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";

const words = new Map();
for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  const colon = line.indexOf(":");
  if (colon > 0) words.set(line.slice(0, colon), line.slice(colon + 1));
}
const socket = createSocket({
  type: "udp4",
  recvBufferSize: 4 << 20,
  lookup: (name, _options, callback) => callback(null, name, 4),
});
socket.on("message", (bytes, from) => {
  const word = bytes.toString().trimEnd();
  const found = words.get(word);
  const answer = found === undefined ? `unknown: ${word}\n` : `${word} ${found}\n`;
  socket.send(Buffer.from(answer), from.port, from.address);
});
socket.bind(0, "127.0.0.1", () => process.stdout.write(`${socket.address().port}\n`));
