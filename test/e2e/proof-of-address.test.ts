import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { openTcpPeer, openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let hub: HubProcess;
beforeAll(async () => {
  hub = await startHub({
    config: `[text]\ntrust = []\nreplies_per_second = 1000\nburst = 1000\n${smallDictionary}`,
    listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "udp://127.0.0.1:0=exec", "udp://127.0.0.1:0=chat"],
  });
});
afterAll(() => hub?.[Symbol.asyncDispose]());

test("nobody comes online before the address is proven; nc -u confirms and is in the room", async () => {
  for (const port of [hub.port("udp"), hub.port("udp", "chat")]) {
    await using nc = startNetcat("udp", port);
    nc.write("online\n");
    await nc.prints(/confirm \S+\n$/);
    const [, token = ""] = /confirm (\S+)\n$/.exec(nc.stdout) ?? [];
    await using other = await openUdpPeer(hub.port("udp"));
    // A token is for one address only.
    expect(await other.ask(`confirm ${token}`)).not.toMatch(/You are online/);
    nc.write(`confirm ${token}\n`);
    await nc.prints(/You are online as ~\S+ in #lobby/);
    nc.write("proven now\n");
    await nc.prints(/: proven now\n/);
  }
});

test("online with the token is as good as confirm", async () => {
  await using nc = startNetcat("udp", hub.port("udp", "chat"));
  nc.write("online\n");
  await nc.prints(/confirm \S+\n$/);
  const [, token = ""] = /confirm (\S+)\n$/.exec(nc.stdout) ?? [];
  nc.write(`online ${token}\n`);
  await nc.prints(/You are online as ~/);
});

test("a room reaches nobody who has not proven the address", async () => {
  await using unproven = await openUdpPeer(hub.port("udp"));
  expect(await unproven.ask("online")).toMatch(/confirm/);
  await using talker = await openTcpPeer(hub.port("tcp"));
  expect(await talker.ask("online\n")).toMatch(/^You are online/);
  talker.send("to the room\n");
  await talker.sees(": to the room");
  expect(await unproven.ask("tr apple")).toBe("apple 苹果\n");
  expect(unproven.received).toHaveLength(2);
});

test("an unproven address gets one datagram of at most 160 bytes or three times its request", async () => {
  await using peer = await openUdpPeer(hub.port("udp"));
  const requests = [
    "help",
    "run",
    "h",
    "online",
    "nonsense",
    `echo ${"x".repeat(80)}`,
    `tr ${"y".repeat(90)}`,
  ];
  for (const request of requests) {
    const answer = await peer.ask(request);
    expect(Buffer.byteLength(answer), request).toBeLessThanOrEqual(Math.max(3 * request.length, 160));
  }
  await peer.ask("tr apple");
  expect(peer.received).toHaveLength(requests.length + 1);
});

test("a long answer ends in more, which fetches the rest and proves the address: through nc -u", async () => {
  await using nc = startNetcat("udp", hub.port("udp"));
  nc.write("help\n");
  await nc.prints(/\nmore \S+\n$/);
  expect(Buffer.byteLength(nc.stdout)).toBeLessThanOrEqual(160);
  const [, token = ""] = /\nmore (\S+)\n$/.exec(nc.stdout) ?? [];
  nc.write(`more ${token}\n`);
  await nc.prints(/^who .*List who is in a room$/m);
  await until("all of help, without a gap", () => {
    const text = nc.stdout.replace(/\nmore \S+\n/, "\n");
    return ["away", "echo", "help", "history", "join", "online", "run", "tr", "who"].every((name) =>
      new RegExp(`^/?${name}\\b`, "m").test(text),
    );
  });
  nc.write("online\n");
  await nc.prints(/You are online as ~/);
});

test("the hub tells a wrong token from a right one", async () => {
  await using peer = await openUdpPeer(hub.port("udp"));
  expect(await peer.ask("confirm AAAAAAAA")).not.toMatch(/You are online|Confirmed/);
  expect(await peer.ask("online")).toMatch(/confirm \S+/);
});

test("a TCP connection needs no proof", async () => {
  await using peer = await openTcpPeer(hub.port("tcp"));
  expect(await peer.ask("online\n")).toMatch(/^You are online as ~/);
});

test("unproven addresses are answered no more often than the operator allows, in all", async () => {
  await using strict = await startHub({
    config: `[text]\ntrust = []\nreplies_per_second = 1\nburst = 5\n${smallDictionary}`,
    listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"],
  });
  await using peer = await openUdpPeer(strict.port("udp"));
  for (let index = 0; index < 200; index++) peer.send(`echo ${index}`);
  await until("the hub has read them all", async () => {
    await using other = await openTcpPeer(strict.port("tcp"));
    await other.ask("echo still here\n");
    return peer.received.length >= 5;
  });
  expect(peer.received.length).toBeLessThan(20);
});
