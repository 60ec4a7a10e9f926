import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually, startHub, udpClient, type HubHarness, type UdpClient } from "../hub-harness.ts";

// A stranger's plugin in a worker, next to one of ours: the stranger is named, the other answers as ever.
const plugins = {
  echo: {},
  stranger: { from: "./stranger.ts", isolate: "worker", settings: { watched: "./none.txt" } },
} as const;

let harness: HubHarness;
let client: UdpClient;

beforeAll(async () => {
  harness = await startHub({ plugins, listen: ["udp://127.0.0.1:0", "udp://127.0.0.1:0=stranger"] });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});
beforeEach(async () => {
  // Faults of another test do not count.
  await harness.hub.reloadPlugin("stranger", harness.config);
  harness.log.length = 0;
  client?.[Symbol.dispose]();
  client = await udpClient(harness.port());
});

const report = () => harness.hub.status().plugins.find(({ name }) => name === "stranger")!;
const named = (words: string) => () =>
  harness.log.some((line) => line.includes('"plugin":"stranger"') && line.includes(words));
const answers = async (question: string, answer: string) => {
  using fresh = await udpClient(harness.port());
  // The worker may be on its way down or up.
  await expect.poll(() => fresh.ask(question), { timeout: 20_000 }).toBe(`${answer}\n`);
};

describe("a worker has the whole interface", () => {
  test("arguments, rates, streams, settings, refusals", async () => {
    expect(await client.ask("greet 2")).toBe("hello text 2\n");
    expect(await client.next()).toBe("hello text 2\n");
    expect(await client.ask("greet 9")).toBe("times: must be 3 at most. Usage: greet <times…>\n");
    expect(await client.ask("greet")).toBe("times is missing. Usage: greet <times…>\n");
    expect(await client.ask("refuse")).toBe("Not here.\n");
    expect(await client.ask("help greet")).toBe("greet <times…> - Greet\n");
    using mounted = await udpClient(harness.port(1));
    expect(await mounted.ask("you")).toBe("hello, you\n");
    expect(report()).toMatchObject({ state: "on", isolation: "worker", faults: 0 });
  });

  test("users, rooms and events", async () => {
    const first = await client.ask("enter bob");
    expect([first, await client.next()].toSorted()).toEqual(["sent\n", "~bob true lobby lobby\n"]);
    await eventually(named('"nick":"~bob"')).toBe(true);
    using other = await udpClient(harness.port());
    expect(await other.ask("enter bob")).toBe("The name bob is taken; choose another.\n");
  });

  test("storage, files and an asynchronous question", async () => {
    expect(await client.ask("note one")).toContain("one");
    expect(await client.ask("note two")).toContain("one,two");
    expect(await client.ask("read ./demo.ts")).toContain("import");
    expect(await client.ask("limits")).not.toContain("failed");
  });

  test("programs, with their output as it comes; they die with the call and with the worker", async () => {
    expect(await client.ask("program echo out; echo err >&2; exit 3")).toContain("out\n");
    using other = await udpClient(harness.port());
    other.send("program echo started $$; exec sleep 1000");
    const [, pid = ""] = /started (\d+)/.exec(await other.next())!;
    client.send("exits");
    const isThere = () => {
      try {
        return process.kill(Number(pid), 0);
      } catch {
        return false;
      }
    };
    await eventually(isThere).toBe(false);
  });

  test("time limits and signals", async () => {
    expect(await client.ask("slow")).toBe("No answer within 0.2 s; the call was ended.\n");
    await harness.hub.reloadPlugin("stranger", harness.config);
    await eventually(named("unloaded")).toBe(true);
    expect(report().faults).toBe(0);
  });
});

describe("a stranger that", () => {
  test.each([
    ["throws", "throws", "stranger failed; the hub's log says why.", "a secret of /etc"],
    ["rejects later in a timer", "rejects", "fine", "rejected in a timer"],
    ["throws in an emitter", "emits", "fine", "thrown in a listener"],
    ["replies with rubbish", "rubbish", "stranger failed; the hub's log says why.", "no reply"],
    [
      "replies with functions",
      "functions",
      "stranger failed; the hub's log says why.",
      "could not be cloned",
    ],
    ["replies with megabytes", "huge", "stranger failed; the hub's log says why.", "2000000"],
    ["logs megabytes", "logs", "stranger failed; the hub's log says why.", "1114112 at most"],
    ["ends its process", "exits", "stranger had to be ended; ask again.", "ended by itself with status 3"],
    ["loops for ever", "loops", "No answer within 0.2 s; the call was ended.", "without a pause"],
    ["never settles", "never", "No answer within 0.2 s; the call was ended.", "ignored its abort signal"],
    ["allocates without end", "allocates", "stranger had to be ended; ask again.", "of memory"],
    ["fills buffers without end", "buffers", "stranger had to be ended; ask again.", "of memory"],
  ])("%s is named, and the others are unharmed", async (_what, command, answer, words) => {
    const answered = client.ask(command);
    using other = await udpClient(harness.port());
    expect(await other.ask("echo still here")).toBe("still here\n");
    expect(await answered).toBe(`${answer}\n`);
    await eventually(named(words)).toBe(true);
    expect(report()).toMatchObject({ state: "on", faults: 1 });
    expect(report().lastFault).toContain(words);
    expect(await other.ask("echo still here")).toBe("still here\n");
    await answers("refuse", "Not here.");
  });

  test("floods its caller is held back, and ended by its time limit", async () => {
    client.send("floods");
    const first = await client.next();
    expect(first).toMatch(/^x{500}\n/);
    using other = await udpClient(harness.port());
    expect(await other.ask("echo still here")).toBe("still here\n");
    await eventually(() => report().calls).toBe(1);
    // Eight datagrams, and the rest for who asks for more.
    expect(client.inbox.length).toBeLessThan(8);
    await answers("refuse", "Not here.");
  });

  test("spoils the prototypes spoils its own only", async () => {
    expect(await client.ask("prototypes")).toBe("spoilt\n");
    expect([1].map((one) => one + 1)).toEqual([2]);
    expect(await client.ask("echo still here")).toBe("still here\n");
  });

  test("throws in an event and at its end is named", async () => {
    client.send("enter bang");
    await eventually(named("thrown in an event")).toBe(true);
    await harness.hub.reloadPlugin("stranger", harness.config);
    expect(named("thrown at the end")()).toBe(true);
    await answers("refuse", "Not here.");
  });

  test("fails five times within a minute is switched off, until it is reloaded", async () => {
    for (let time = 0; time < 5; time++) {
      expect(await client.ask("throws")).toBe("stranger failed; the hub's log says why.\n");
    }
    expect(await client.ask("refuse")).toBe(
      "stranger is switched off after too many faults; ask an operator.\n",
    );
    expect(report()).toMatchObject({ state: "off", faults: 5, calls: 5 });
    expect(report().reason).toContain("a secret of /etc");
    expect(named("is switched off")()).toBe(true);
    expect(await client.ask("echo still here")).toBe("still here\n");
    await harness.hub.reloadPlugin("stranger", harness.config);
    expect(await client.ask("refuse")).toBe("Not here.\n");
  });
});
