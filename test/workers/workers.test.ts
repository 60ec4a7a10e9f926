import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryAskHub } from "../../packages/server/src/cli/control/client.ts";
import type { StatusReport } from "../../packages/server/src/monitor/report.ts";
import { carryByTcp } from "../../packages/server/test/sessions/carry-by-tcp.ts";
import {
  connectSession,
  joined,
  said,
  type SessionClient,
} from "../../packages/server/test/sessions/session-client.ts";
import { type HubProcess, smallDictionary, startHub } from "../e2e/hub-process.ts";
import { palaverd, runCommand } from "../e2e/program.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { openTcpPeer, openUdpPeer, type TextPeer } from "../e2e/text-peer.ts";
import { until } from "../e2e/until.ts";

const config = `${smallDictionary}
[plugins.exec.commands.count]
summary = "Counts"
argv = ["/usr/bin/seq", "1", "20000"]
max_output = 1000000
`;

let hub: HubProcess;
let port: number;
beforeAll(async () => {
  hub = await startHub({ config, args: ["--workers", "2"] });
  port = hub.port("udp");
});
afterAll(async () => {
  hub.process.signal("SIGTERM");
  const { code, stderr } = await hub.process.exited;
  await hub[Symbol.asyncDispose]();
  expect(stderr.split("\n").filter((line) => line.includes(`"fatal"`))).toEqual([]);
  expect(code).toBe(0);
});

async function status(): Promise<StatusReport> {
  const reply = await tryAskHub(hub.data, { command: "status" }, 10_000);
  if (!reply?.ok) throw new Error("no status");
  return reply.status as StatusReport;
}

const sessionsOf = async () => (await status()).workers!.map(({ sessions }) => sessions);

/** Closes sessions, and waits until the hub knows. */
async function leave(...clients: readonly SessionClient[]): Promise<void> {
  const { sessions } = await status();
  for (const client of clients) client.close();
  await until("they are gone", async () => (await status()).sessions === sessions - clients.length);
  for (const client of clients) client.vanish();
}

/** Clients in the lobby, one on each worker. No other session is there. */
async function onBoth(names: readonly [string, string]) {
  const first = await joined(port, names[0]);
  const identity = randomBytes(32);
  for (;;) {
    const other = await joined(port, names[1], identity);
    if ((await sessionsOf()).every((count) => count === 1)) return [first, other] as const;
    await leave(other.client);
  }
}

/** Text peers that are online, some on each worker. */
async function textPeers(count: number, name: string): Promise<TextPeer[]> {
  const before = (await status()).workers!.map((worker) => worker.textPeers);
  const peers: TextPeer[] = [];
  const isOnBoth = async () =>
    (await status()).workers!.every((worker, index) => worker.textPeers > before[index]!);
  while (peers.length < count || !(await isOnBoth())) {
    const peer = await openUdpPeer(port);
    peer.send(`/online ${name}${peers.length}`);
    await peer.sees("You are online");
    peers.push(peer);
  }
  return peers;
}

const heardIn = ({ heard }: SessionClient, stream: number) =>
  heard.flatMap((item) =>
    "stream" in item && item.stream === stream && item.message.type === "message" && item.message.seq > 0
      ? [item.message]
      : [],
  );

describe("a hub of two workers", () => {
  it("is one room: everybody hears everybody once, in one order under one numbering", async () => {
    const [ada, bob] = await onBoth(["ada", "bob"]);
    const peers = await textPeers(6, "talker");
    const rounds = 15;
    for (let round = 0; round < rounds; round++) {
      for (const [index, peer] of peers.entries()) peer.send(`text ${index} ${round}`);
      ada.client.say(ada.stream, `ada ${round}`);
      bob.client.say(bob.stream, `bob ${round}`);
      // A round at a time: of much more at once by UDP some could be lost.
      await ada.client.next("stored");
      await bob.client.next("stored");
    }
    const total = rounds * (peers.length + 2);
    const linesOf = ({ received }: TextPeer) =>
      received.filter((line) => /: (text \d+|ada|bob) \d+\n$/.test(line));
    const counts = () => [
      ...peers.map((peer) => linesOf(peer).length),
      ...[ada, bob].map(({ client, stream }) => heardIn(client, stream).length),
    ];
    await until("everybody hears all", () => counts().every((count) => count >= total), {
      detail: () => counts().join(" "),
    });
    const [first = [], ...others] = peers.map(linesOf);
    expect(new Set(first).size).toBe(total);
    for (const lines of others) expect(lines).toEqual(first);
    for (const { client, stream } of [ada, bob]) {
      const messages = heardIn(client, stream);
      expect(messages.slice(-total).map(({ from, text }) => `${from}: ${text}\n`)).toEqual(first);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => messages[0]!.seq + index));
    }
    for (const peer of peers) {
      await peer.ask("/offline");
      await peer[Symbol.asyncDispose]();
    }
    await leave(ada.client, bob.client);
  });

  it("gives a name to one of many who ask for it at once", async () => {
    const peers = await Promise.all(Array.from({ length: 24 }, () => openUdpPeer(port)));
    for (const peer of peers) peer.send("/online highlander");
    await Promise.all(peers.map((peer) => peer.sees(/You are online as ~highlander|is taken/)));
    const won = peers.filter(({ received }) => received.some((line) => line.includes("You are online")));
    expect(won.length).toBe(1);
    await won[0]!.ask("/offline");
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  });

  it("knows who is there, passes private messages on, and puts people out, wherever they are", async () => {
    const [eve, dan] = await onBoth(["eve", "dan"]);
    const who = eve.client.request("who", ["#lobby"]);
    expect(JSON.stringify(await eve.client.replies(who))).toMatch(/dan/);
    const [reply] = await eve.client.replies(eve.client.request("msg", ["dan", "psst"]));
    expect(reply).toMatchObject({ text: "To dan: psst" });
    expect((await dan.client.next("notice")).text).toContain("psst");
    const database = new DatabaseSync(join(hub.data, "plugins/chat/history.db"), { readOnly: true });
    const kept = database.prepare("SELECT count(*) AS count FROM letters");
    await until("the hub knows that dan has it", () => kept.get()?.["count"] === 0);
    database.close();

    eve.client.control({ type: "join", room: "eves" });
    await eve.client.next("joined");
    dan.client.control({ type: "join", room: "eves" });
    await dan.client.next("joined");
    await until("eve's worker knows that dan is there", async () => {
      const there = eve.client.request("who", ["#eves"]);
      return JSON.stringify(await eve.client.replies(there)).includes("dan");
    });
    await eve.client.replies(eve.client.request("kick", ["#eves", "dan", "enough"]));
    expect((await dan.client.next("part")).room).toBe("eves");
    expect(await status()).toMatchObject({ usersOnline: 2, sessions: 2, rooms: 2 });
    await leave(eve.client, dan.client);
  });

  it("goes on with a session whose packets come in at the other worker", async () => {
    const { client, stream } = await joined(port, "roamer");
    const owner = (await sessionsOf()).indexOf(1);
    let seq = await said(client, stream, "at home");
    const before = (await status()).workers!.map(({ received }) => received);
    const expected = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");
    const isAway = async () => {
      const now = (await status()).workers!.map(({ received }) => received);
      return now.some((count, index) => index !== owner && count > before[index]! + 10);
    };
    for (let moves = 0; moves < 4 || !(await isAway()); moves++) {
      await client.rebind();
      const replies = await client.replies(client.request("run", ["count"]));
      const output = replies.flatMap((reply) => (reply.type === "out" ? [Buffer.from(reply.bytes)] : []));
      expect(Buffer.concat(output).toString()).toBe(expected);
      const next = await said(client, stream, `after move ${moves}`);
      expect(next).toBe(seq + 1);
      seq = next;
    }
    expect((await sessionsOf())[owner]).toBe(1);
    await leave(client);
  });

  it("goes on with a session by TCP connections that either worker took", async () => {
    const { client, stream } = await joined(port, "carried");
    await said(client, stream, "by UDP");
    client.vanish();
    for (let round = 0; round < 6; round++) {
      await using tcp = await carryByTcp(client.session, hub.port("tcp"));
      tcp.say(stream, `by connection ${round}`);
      await client.next("stored");
    }
    const messages = heardIn(client, stream).filter(({ text }) => text.startsWith("by connection"));
    expect(messages.map(({ text }) => text)).toEqual(
      Array.from({ length: 6 }, (_, round) => `by connection ${round}`),
    );
    await using last = await carryByTcp(client.session, hub.port("tcp"));
    client.session.close();
    last.poll();
    await until("it is gone", async () => (await status()).sessions === 0);
  });

  it("serves text on TCP from both", async () => {
    const peers = await Promise.all(Array.from({ length: 12 }, () => openTcpPeer(hub.port("tcp"))));
    for (const peer of peers) expect(await peer.ask("tr apple\n")).toContain("苹果");
    const { workers, connections } = await status();
    expect(connections).toBe(12);
    expect(workers!.map(({ textPeers: count }) => count > 0)).toEqual([true, true]);
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  });

  it("reloads in all of them, or in none", async () => {
    const peers = await Promise.all(Array.from({ length: 10 }, () => openUdpPeer(port)));
    hub.folder.write("words.txt", "apple:林檎\n");
    const reload = () => runCommand(palaverd, ["reload", "--config", hub.configFile, "--data", hub.data]);
    expect(await reload()).toMatchObject({ code: 0 });
    for (const peer of peers) expect(await peer.ask("tr apple")).toContain("林檎");
    hub.folder.write("palaver.toml", `${config}\n[plugins.chat]\nlobby = 3\n`);
    expect(await reload()).toMatchObject({ code: 3, stderr: expect.stringContaining("palaver.toml:") });
    hub.folder.write("palaver.toml", config);
    for (const peer of peers) expect(await peer.ask("tr apple")).toContain("林檎");
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  });

  it("grants roles and reloads a plugin everywhere, whichever worker an operator talks to", async () => {
    const callsOf = async () => (await status()).plugins.find(({ name }) => name === "dict")?.calls;
    const [one, other] = await onBoth(["operator-1", "operator-2"]);
    for (const { client } of [one, other]) {
      await runCommand(palaverd, ["--data", hub.data, "grant", "--", client.key, "operator"]);
      await Promise.all(
        [one, other].map((each) => each.client.replies(each.client.request("tr", ["apple"]))),
      );
      expect(await callsOf()).toBeGreaterThanOrEqual(2);
      const replies = await client.replies(client.request("plugins", ["reload", "dict"]));
      expect(JSON.stringify(replies)).toContain("dict is reloaded.");
      expect(await callsOf()).toBe(0);
    }
    await leave(one.client, other.client);
  });

  it("shares its port with nobody else", async () => {
    const other = ["--data", join(hub.folder.path, "other"), "--listen", `udp://127.0.0.1:${port}`];
    for (const workers of ["1", "2"]) {
      const exit = await runCommand(palaverd, [...other, "--workers", workers]);
      expect(exit).toMatchObject({ code: 4, stderr: expect.stringContaining("the port is taken") });
    }
  });

  it("tells the operator of each worker", async () => {
    const { stdout } = await runCommand(palaverd, ["status", "--data", hub.data]);
    expect(stdout).toMatch(/^workers {4}1: .*\n {11}2: /m);
  });
});

it("a hub whose worker ends says so and ends, with exit code 1", async () => {
  using folder = createTemporaryFolder();
  // Past the fence that keeps plugins from ending the hub.
  folder.write(
    "doom.mjs",
    `const doom = { summary: "Ends the thread", run: () => void process.reallyExit(1) };
export default { name: "doom", api: 1, setup: () => ({ commands: { doom } }) };
`,
  );
  const plugin = `[plugins.doom]\nfrom = "./doom.mjs"\n`;
  await using other = await startHub({
    folder,
    config: smallDictionary + plugin,
    args: ["--workers", "2"],
  });
  await using client = await connectSession(other.port("udp"));
  client.request("doom");
  const { code, stderr } = await other.process.exited;
  expect(code).toBe(1);
  expect(stderr).toMatch(/worker [01] ended with code 1/);
  expect(stderr).toContain("palaverd ends");
});
