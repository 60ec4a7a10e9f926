import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openTcpPeer, openUdpPeer, type TextPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let hub: HubProcess;
beforeAll(async () => {
  hub = await startHub({
    listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "udp://127.0.0.1:0=chat"],
  });
});
afterAll(() => hub?.[Symbol.asyncDispose]());

/** Comes online and gives back the nickname that the hub chose or granted. */
async function goOnline(peer: TextPeer, nick = ""): Promise<string> {
  const answer = await peer.ask(nick === "" ? "online\n" : `online ${nick}\n`);
  const [, given = ""] = /^You are online as (\S+) in #lobby, \d+ here\./.exec(answer) ?? [];
  expect(given, answer).toMatch(/^~/);
  return given;
}

test("what one says reaches each, on its own address, the sender too, whatever way they came", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp", "chat"));
  await using eve = await openTcpPeer(hub.port("tcp"));
  await using nc = startNetcat("udp", hub.port("udp", "chat"));
  await using ncTcp = startNetcat("tcp", hub.port("tcp"));
  const name = await goOnline(ada);
  const others = [await goOnline(bob), await goOnline(eve)];
  nc.write("online\n");
  await nc.prints(/^You are online as ~/);
  ncTcp.write("online\n");
  await ncTcp.prints(/^You are online as ~/);
  expect(new Set([name, ...others]).size).toBe(3);

  ada.send("你好, everyone\n");
  const line = `${name}: 你好, everyone\n`;
  for (const peer of [ada, bob, eve]) expect(await peer.sees("你好, everyone")).toBe(line);
  await nc.prints(line);
  await ncTcp.prints(line);

  nc.write("from a mount\n");
  for (const peer of [ada, bob, eve])
    expect(await peer.sees("from a mount")).toMatch(/^~\S+: from a mount\n$/);
  await ncTcp.prints(": from a mount\n");
  ncTcp.write("from tcp\n");
  await nc.prints(": from tcp\n");
});

test("each message comes once to each, in the same order for all", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openTcpPeer(hub.port("tcp"));
  await using cat = await openUdpPeer(hub.port("udp", "chat"));
  const peers = [ada, bob, cat];
  for (const peer of peers) await goOnline(peer);
  for (let index = 0; index < 20; index++) for (const peer of peers) peer.send(`order ${index}\n`);
  const said = (peer: TextPeer) => peer.received.filter((line) => / order \d+\n$/.test(line));
  for (const peer of peers) await until("60 messages", () => said(peer).length >= 60);
  expect(new Set(said(ada)).size).toBe(60);
  expect(said(bob)).toEqual(said(ada));
  expect(said(cat)).toEqual(said(ada));
});

test("who is not online hears nothing and cannot talk", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using stranger = await openUdpPeer(hub.port("udp", "chat"));
  expect(await stranger.ask("hello?")).toBe("You are not online yet. Send: online\n");
  await goOnline(ada);
  ada.send("a secret of those here");
  await ada.sees("a secret of those here");
  expect(await stranger.ask("hello?")).toBe("You are not online yet. Send: online\n");
  expect(stranger.received).toHaveLength(2);
});

test("offline ends it: the room is told, and nothing more arrives", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp", "chat"));
  await goOnline(ada);
  const name = await goOnline(bob);
  expect(await bob.ask("offline")).toBe("You are offline.\n");
  await ada.sees(new RegExp(`${name}.* went offline`));
  ada.send("after bob");
  await ada.sees("after bob");
  expect(await bob.ask("are you there")).toBe("You are not online yet. Send: online\n");
  expect(bob.received.join("")).not.toContain("after bob");
  expect(await bob.ask("offline")).toBe("You are offline.\n");
});

test("a TCP peer that goes away is offline at once, and the room is told", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await goOnline(ada);
  const eve = await openTcpPeer(hub.port("tcp"));
  const name = await goOnline(eve);
  await eve[Symbol.asyncDispose]();
  await ada.sees(new RegExp(`${name}.* went offline`));
});

test("a guest's nickname keeps its ~, is taken once, and cannot pretend", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp"));
  expect(await goOnline(ada, "Zoe")).toBe("~Zoe");
  for (const nick of ["zoe", "ZOE", "ｚｏｅ", "z\u0301\u0301\u0301oe", "a\u202eb", "Zо\u0435"]) {
    expect(await bob.ask(`online ${nick}`), nick).not.toMatch(/^You are online/);
  }
  expect(await goOnline(bob, "小明")).toBe("~小明");
  bob.send("/nick other");
  await ada.sees("~小明 is now ~other");
});

test("while online only /commands are commands; the bare words are said", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  const name = await goOnline(ada);
  expect(await ada.ask("tr apple")).toBe(`${name}: tr apple\n`);
  expect(await ada.ask("/tr apple")).toBe("apple 苹果\n");
  expect(await ada.ask("/who")).toContain(name);
  expect(await ada.ask("/rooms")).toMatch(/^#lobby \d+/m);
  expect(await ada.ask("/nosuch")).toMatch(/There is no command nosuch/);
  expect(await ada.ask("offline please")).toBe(`${name}: offline please\n`);
});

test("rooms are apart", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp"));
  await using eve = await openUdpPeer(hub.port("udp"));
  for (const peer of [ada, bob, eve]) await goOnline(peer);
  for (const peer of [ada, bob]) expect(await peer.ask("/join garden")).toMatch(/^You are in #garden/);
  ada.send("among flowers");
  await bob.sees("among flowers");
  eve.send("in the lobby");
  await eve.sees("in the lobby");
  expect(eve.received.join("")).not.toContain("among flowers");
});

test("controls that would act on a terminal reach nobody", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp", "chat"));
  await goOnline(ada);
  await goOnline(bob);
  ada.send("red\u001b[31m\u001b]0;title\u0007 bell\u0007 \u202eevil\r~root: forged \u009b2J end of it");
  const heard = await bob.sees("end of it");
  // oxlint-disable-next-line no-control-regex
  expect(heard).toMatch(/^~\S+: [^\u0000-\u001f\u007f-\u009f\u202e]*\n$/);
});

test("private messages are not for text peers", async () => {
  await using ada = await openUdpPeer(hub.port("udp"));
  await using bob = await openUdpPeer(hub.port("udp"));
  await goOnline(ada);
  const name = await goOnline(bob);
  await ada.ask(`/msg ${name} psst`);
  expect(ada.received.at(-1)).toMatch(/encrypted/);
  expect(bob.received.join("")).not.toContain("psst");
});

test("history is there after a restart, also for who comes in", async () => {
  using folder = createTemporaryFolder();
  {
    await using first = await startHub({ folder });
    await using ada = await openUdpPeer(first.port("udp"));
    await goOnline(ada);
    for (const text of ["one", "two", "three"]) {
      ada.send(`before ${text}`);
      await ada.sees(`before ${text}`);
    }
    first.process.signal("SIGTERM");
    expect((await first.process.exited).code).toBe(0);
  }
  await using second = await startHub({ folder });
  await using bob = await openUdpPeer(second.port("udp"));
  const greeting = await bob.ask("online");
  expect(greeting).toMatch(/: before one\n.*: before two\n.*: before three\n$/s);
  bob.send("after");
  await bob.sees(": after\n");
  expect(await bob.ask("/history since 2")).toMatch(/: before three\n.*: after\n/);
});
