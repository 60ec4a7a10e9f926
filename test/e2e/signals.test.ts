import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "./free-port.ts";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openTcpPeer, openUdpPeer, type TextPeer } from "./text-peer.ts";
import { until } from "./until.ts";

const stopWithinMs = 5000;

const slowCommand = `
[plugins.exec.commands.second]
summary = "A second"
argv = ["/bin/sh", "-c", "echo begun; sleep 1; echo ended"]

[plugins.exec.commands.slow]
summary = "Take long"
argv = ["/bin/sh", "-c", "echo begun; exec sleep 60"]
timeout = "50s"
`;

/** A peer that always has some questions under way, until it is told to stop; then every one must be answered. */
function putUnderLoad(peer: TextPeer, question: (number: number) => string) {
  const window = 20;
  let asked = 0;
  const stop = new AbortController();
  const done = (async () => {
    while (!stop.signal.aborted) {
      while (asked - peer.received.length < window) peer.send(question(++asked));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    get answered() {
      return peer.received.length;
    },
    /** Waits until so many more are answered. */
    async goOn(count: number): Promise<void> {
      const before = peer.received.length;
      await until(`${count} more answers`, () => peer.received.length >= before + count);
    },
    async stop(): Promise<number> {
      stop.abort();
      await done;
      return asked;
    },
  };
}

async function exitOf(hub: HubProcess): Promise<number> {
  const startMs = performance.now();
  const { code } = await hub.process.exited;
  expect(performance.now() - startMs).toBeLessThan(stopWithinMs + 1000);
  return code;
}

test.for([
  ["SIGTERM", true],
  ["SIGINT", false],
] as const)("%s under load ends the hub with 0, within 5 s, with all told", async ([signal, hasSlowCall]) => {
  await using hub = await startHub({ config: smallDictionary + slowCommand });
  await using udp = await openUdpPeer(hub.port("udp"));
  await using online = await openUdpPeer(hub.port("udp"));
  await using runner = await openTcpPeer(hub.port("tcp"));
  await online.ask("online");
  if (hasSlowCall) {
    runner.send("run slow\n");
    await runner.sees("begun");
  }
  const load = putUnderLoad(udp, (number) => `echo ${number}`);
  await load.goOn(500);
  hub.process.signal(signal);
  expect(await exitOf(hub)).toBe(0);
  await load.stop();
  await online.sees(/shutting down/);
  await until("the connection ends", () => runner.isClosed);
  expect(hub.process.stdout.split("\n").slice(-2)).toEqual(["palaverd ready", ""]);
});

test("a call that is under way at SIGTERM and ends in time is answered", async () => {
  await using hub = await startHub({ config: smallDictionary + slowCommand });
  await using runner = await openTcpPeer(hub.port("tcp"));
  runner.send("run second\n");
  await runner.sees("begun");
  hub.process.signal("SIGTERM");
  expect((await hub.process.exited).code).toBe(0);
  await runner.sees("ended");
});

test("a second signal ends the hub at once", async () => {
  await using hub = await startHub({ config: smallDictionary + slowCommand });
  await using runner = await openTcpPeer(hub.port("tcp"));
  runner.send("run slow\n");
  await runner.sees("begun");
  hub.process.signal("SIGTERM");
  await hub.process.complains("stopping");
  hub.process.signal("SIGTERM");
  expect((await hub.process.exited).code).not.toBe(0);
});

test("SIGHUP under load loses not one request, and shows the new words and settings", async () => {
  using folder = createTemporaryFolder();
  const words = folder.write("words.txt", "apple:old\n");
  const config = (answer: string) => `${smallDictionary}
[plugins.exec.commands.version]
summary = "Which configuration this is"
argv = ["/usr/bin/printf", "${answer}"]
`;
  await using hub = await startHub({
    folder,
    config: config("first"),
    listen: ["udp://127.0.0.1:0", "udp://127.0.0.1:0=dict", "tcp://127.0.0.1:0"],
  });
  await using udp = await openUdpPeer(hub.port("udp", "dict"));
  await using tcp = await openTcpPeer(hub.port("tcp"));
  await using member = await openUdpPeer(hub.port("udp"));
  await using other = await openUdpPeer(hub.port("udp"));
  expect(await other.ask("run version")).toBe("first\n");
  await member.ask("online Ada");
  await member.ask("/join garden");

  const loads = [putUnderLoad(udp, () => "apple"), putUnderLoad(tcp, (number) => `echo ${number}\n`)];
  for (let round = 1; round <= 3; round++) {
    await Promise.all(loads.map((load) => load.goOn(200)));
    writeFileSync(words, `apple:new ${round}\n`);
    writeFileSync(hub.configFile, config(`round ${round}`));
    hub.process.signal("SIGHUP");
    await until("the new configuration", async () => (await other.ask("run version")) === `round ${round}\n`);
    await until("the new words", async () => (await other.ask("tr apple")) === `apple new ${round}\n`);
  }
  const [askedUdp = 0, askedTcp = 0] = await Promise.all(loads.map((load) => load.stop()));
  await until("every answer", () => udp.received.length >= askedUdp && tcp.received.length >= askedTcp);
  expect(udp.received).toHaveLength(askedUdp);
  expect(tcp.received).toEqual(Array.from({ length: askedTcp }, (_, index) => `${index + 1}\n`));
  for (const answer of udp.received) expect(answer).toMatch(/^apple (old|new \d)\n$/);
  // Who was online is still, in the same rooms.
  member.send("still here");
  expect(await member.sees("still here")).toBe("[#garden] ~Ada: still here\n");
  expect(await member.ask("/who")).toMatch(/^#garden, 1 here: ~Ada/);
  expect(hub.process.stdout.match(/palaverd/g)).toHaveLength(4);
});

test("a call that is under way at SIGHUP is answered", async () => {
  const config = smallDictionary + slowCommand;
  await using hub = await startHub({ config });
  await using peer = await openTcpPeer(hub.port("tcp"));
  await using other = await openUdpPeer(hub.port("udp"));
  peer.send("run second\n");
  await peer.sees("begun");
  writeFileSync(
    hub.configFile,
    config.replace(
      "[plugins.exec",
      '[plugins.exec.commands.fresh]\nsummary = "New"\nargv = ["/usr/bin/printf", "fresh"]\n[plugins.exec',
    ),
  );
  hub.process.signal("SIGHUP");
  await until("the new configuration", async () => (await other.ask("run fresh")) === "fresh\n");
  await peer.sees("ended");
});

test.for([
  ["a syntax error", "[plugins.dict\n", /palaver\.toml:1/],
  ["an unknown key", `${smallDictionary}\n[text]\ntruts = []\n`, /palaver\.toml:7.*truts/],
  [
    "a plugin's refusal",
    '[plugins.exec.commands.bad]\nsummary = "x"\nargv = ["df"]\n',
    /palaver\.toml:3.*argv/,
  ],
] as const)("SIGHUP with %s is told and leaves the old running", async ([, broken, told]) => {
  await using hub = await startHub();
  await using peer = await openUdpPeer(hub.port("udp"));
  writeFileSync(hub.configFile, broken);
  hub.process.signal("SIGHUP");
  await hub.process.complains(told);
  expect(await peer.ask("tr apple")).toBe("apple 苹果\n");
  writeFileSync(hub.configFile, smallDictionary);
  writeFileSync(join(hub.folder.path, "words.txt"), "apple:mended\n");
  hub.process.signal("SIGHUP");
  await until("the mended one", async () => (await peer.ask("tr apple")) === "apple mended\n");
});

test("SIGHUP opens and closes listeners, and keeps the others open", async () => {
  await using hub = await startHub({
    config: `listen = ["udp://127.0.0.1:0"]\n${smallDictionary}`,
    listen: [],
  });
  await using peer = await openUdpPeer(hub.port("udp"));
  await peer.ask("online");
  const port = await findFreePort();
  const first = `udp://127.0.0.1:${hub.port("udp")}`;
  writeFileSync(hub.configFile, `listen = ["${first}", "udp://127.0.0.1:${port}=dict"]\n${smallDictionary}`);
  hub.process.signal("SIGHUP");
  await using onMount = await openUdpPeer(port);
  await until("the new mount answers", () => {
    onMount.send("apple");
    return onMount.received.includes("apple 苹果\n");
  });
  expect(await peer.ask("/who")).toMatch(/^#lobby, 1 here/);
});
