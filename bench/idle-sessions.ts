// Memory that an idle session costs the hub: RSS before and after so many sessions have shaken hands, said hello and
// fallen silent. Usage: node bench/idle-sessions.ts [COUNT…]   (default 1000 10000)
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import {
  type ClientSession,
  CONTROL_STREAM_ID,
  createClientSession,
  encodeControl,
  MESSAGES_VERSION,
} from "../packages/protocol/dist/index.js";
import { startHubProcess } from "./hub-process.ts";

const sessionsPerSocket = 250;
// V8 gives memory back only some time after the work is done.
const settleMs = 25_000;

/** Opens sessions one after the other on one socket; answers are told apart by connection id. */
async function openSessions(count: number, port: number): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const byCid = new Map<string, ClientSession>();
  let shaking: ClientSession | undefined;
  const flush = (session: ClientSession) => {
    for (const { bytes } of session.poll(performance.now())) socket.send(bytes, port, "127.0.0.1");
  };
  socket.on("message", (bytes) => {
    const session = byCid.get(bytes.subarray(2, 10).toString("hex")) ?? shaking;
    session?.receive(bytes, "hub", performance.now());
    if (session) flush(session);
  });
  for (let opened = 0; opened < count; opened++) {
    await new Promise<void>((resolve) => {
      const session = createClientSession({
        identity: randomBytes(32),
        serverAddress: "hub",
        random: randomBytes,
        nowMs: performance.now(),
        events: { onData: () => resolve() },
      });
      shaking = session;
      byCid.set(Buffer.from(session.localCid, "latin1").toString("hex"), session);
      session.write(
        CONTROL_STREAM_ID,
        encodeControl({ type: "hello", version: MESSAGES_VERSION, client: "bench" }),
      );
      flush(session);
      const again = setInterval(() => {
        if (session.state !== "handshake" && session.bufferedTotal === 0) clearInterval(again);
        else flush(session);
      }, 20);
    });
  }
  return socket;
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [1000, 10_000]) {
  await using hub = await startHubProcess(
    "[limits]\npeers = 20000\nhandshakes_per_second = 100000\n[plugins.dict]\nenabled = false\n",
  );
  // What start-up and the first sessions load is not what a session costs.
  const warm = await openSessions(100, hub.port);
  await wait(settleMs);
  const before = hub.rssBytes();
  const sockets: Socket[] = [warm];
  for (let opened = 0; opened < count; opened += sessionsPerSocket) {
    sockets.push(await openSessions(Math.min(sessionsPerSocket, count - opened), hub.port));
  }
  await wait(settleMs);
  const after = hub.rssBytes();
  const kb = (bytes: number) => `${Math.round(bytes / 1024)} KB`;
  console.log(
    `${count} sessions: ${((after - before) / count / 1024).toFixed(2)} KB each (RSS ${kb(before)} → ${kb(after)})`,
  );
  for (const socket of sockets) socket.close();
}
