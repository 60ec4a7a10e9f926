import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../src/index.ts";
import { eventually, hear, makeConfigDir } from "./client-harness.ts";
import { startFakeHub } from "./fake-hub.ts";

const host = "127.0.0.1";
const NOTICE = { text: "UDP does not get through; using TCP" };

test("a hub whose UDP is swallowed on the way is reached over TCP, and the user is told once", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub({ carriers: ["tcp"] });
  // A black hole: whatever is sent there arrives and is never answered.
  const blackHole = createSocket("udp4");
  blackHole.bind(hub.port, host);
  await once(blackHole, "listening");
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const notices = hear(connection, "notice");
  await connection.join("lobby");
  expect(await connection.say("lobby", "over TCP")).toEqual({ seq: 1 });
  expect(notices.all).toMatchObject([NOTICE]);
  blackHole.close();
});

test("a hub that is back is asked over UDP before TCP says a word, whenever the next HELLO was due", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  hub.isDeaf = true;
  let saidOverTcp = 0;
  const server = createServer((socket) => {
    hub.isDeaf = false;
    socket.on("data", ({ length }) => (saidOverTcp += length)).on("error", () => {});
  });
  server.listen(hub.port, host);
  await once(server, "listening");
  const connection = connect({ host, port: hub.port, configDir: config.path });
  const notices = hear(connection, "notice");
  await connection.ready();
  await connection.close();
  server.close();
  await once(server, "close");
  expect(saidOverTcp).toBe(0);
  expect(notices.all).toEqual([]);
});

test("a TCP connection that breaks is followed by another session, over UDP when that works again", async () => {
  await using config = await makeConfigDir();
  const first = await startFakeHub({ carriers: ["tcp"] });
  await using connection = connect({ host, port: first.port, configDir: config.path });
  const states = hear(connection, "state");
  const notices = hear(connection, "notice");
  await connection.join("lobby");
  await first.kill();
  await states.until(({ state }) => state === "offline");
  const said = connection.say("lobby", "once more");
  await using second = await startFakeHub({ carriers: ["udp", "tcp"], world: first.world, port: first.port });
  expect(await said).toEqual({ seq: 1 });
  await eventually(() => second.peers.length).toBe(1);
  expect(second.peers[0]?.session.address).toMatch(/^127\.0\.0\.1:/);
  expect(notices.all).toMatchObject([NOTICE]);
});

test("a TCP port that speaks something else is given up without harm", async () => {
  await using config = await makeConfigDir();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(Buffer.of(0x04, 0xff, 0x00, 0x00));
  });
  server.listen(0, host);
  await once(server, "listening");
  const connection = connect({
    host,
    port: (server.address() as { port: number }).port,
    configDir: config.path,
  });
  const retried = hear(connection, "state").until(({ reason }) => reason !== undefined);
  await once(server, "connection");
  expect(await retried).toMatchObject({ state: "connecting" });
  await connection.close();
  server.close();
});
