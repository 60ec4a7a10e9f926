import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startHub, udpClient } from "./hub-harness.ts";

const demo = { demo: { from: "./demo.ts" } };

describe("the main port", () => {
  test("answers commands bare or with a slash, in either case", async () => {
    await using harness = await startHub({ plugins: { echo: {}, ...demo } });
    using client = await udpClient(harness.port());
    expect(await client.ask("echo hi there\n")).toBe("hi there\n");
    expect(await client.ask("/ECHO hi\0rubbish\xff")).toBe("hi\n");
  });

  test("says what to send to whoever talks without being online", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    expect(await client.ask("good morning")).toBe("You are not online yet. Send: online\n");
  });

  test("an online peer talks; only slash commands and offline are commands then", async () => {
    await using harness = await startHub({ plugins: demo });
    using ann = await udpClient(harness.port());
    using bob = await udpClient(harness.port());
    expect(await ann.ask("online ann")).toBe("online as ~ann\n");
    expect(await bob.ask("online bob")).toBe("online as ~bob\n");
    expect(await ann.ask("greet")).toBe("~ann: greet\n");
    expect(await bob.next()).toBe("~ann: greet\n");
    expect(await ann.ask("/greet")).toBe("hello\n");
    expect(await ann.ask("/nonsense")).toBe("There is no command nonsense. Send: /help\n");
    expect(await ann.ask("/")).toBe("Write a command behind the slash; /help lists them.\n");
    expect(await ann.ask("offline")).toBe("offline\n");
    expect(await bob.next()).toBe("* ~ann left: left\n");
  });

  test("names, roles and faults are refused in one clear line", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    expect(await client.ask("admin")).toBe("admin needs the role operator.\n");
    expect(await client.ask("refuse")).toBe("Not today.\n");
    expect(await client.ask("crash")).toBe("demo failed; the hub's log says why.\n");
    expect(harness.log.join("")).toContain("a secret");
    expect(await client.ask("long")).toContain("Usage: long <lines…>");
  });

  test("help lists what the caller may call", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    const help = await client.ask("help");
    expect(help).toContain("greet - Greet\n");
    expect(help).not.toContain("admin");
    expect(await client.ask("help /long")).toBe("long <lines…> - Many lines\n");
  });

  test("what is no UTF-8 gets a short error, never longer than itself", async () => {
    await using harness = await startHub();
    using client = await udpClient(harness.port());
    client.send(Uint8Array.of(0xff, 0xfe));
    expect(await client.ask(Buffer.alloc(40, 0xff))).toBe("not UTF-8\n");
  });

  test("frames and empty datagrams get silence", async () => {
    await using harness = await startHub();
    using client = await udpClient(harness.port());
    client.send(Buffer.concat([Uint8Array.of(0xf9, 0x01), Buffer.alloc(254)]));
    client.send("");
    client.send("\0\n");
    expect(await client.ask("echo still here")).toBe("still here\n");
    expect(client.inbox).toEqual([]);
  });
});

describe("proof of address", () => {
  const untrusted = { plugins: demo, text: { trust: [] } };

  test("an unproven peer gets one small datagram and reads on with more", async () => {
    await using harness = await startHub(untrusted);
    using client = await udpClient(harness.port());
    const first = await client.ask("long 200");
    expect(Buffer.byteLength(first)).toBeLessThanOrEqual(160);
    const token = /more (\S{4})\n$/.exec(first)?.[1];
    client.send(`more ${token}`);
    const read = [first.replace(/more \S+\n$/, "")];
    while (!read.at(-1)?.includes("line 199")) read.push(await client.next());
    expect(read.join("")).toBe(`${Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n")}\n`);
  });

  test("nobody is online before the address is proven; what was asked for is done then", async () => {
    await using harness = await startHub(untrusted);
    using client = await udpClient(harness.port());
    const offer = await client.ask("online ann");
    const token = /confirm (\S{4})\n$/.exec(offer)?.[1];
    expect(harness.hub.status()).toMatchObject({ usersOnline: 0, textPeers: 0 });
    expect(await client.ask("confirm ZZZZ")).toContain("not for this address");
    expect(await client.ask(`confirm ${token}`)).toBe("online as ~ann\n");
    expect(await client.ask("hi")).toBe("~ann: hi\n");
  });

  test("online TOKEN proves and enters at once", async () => {
    await using harness = await startHub(untrusted);
    using client = await udpClient(harness.port());
    const token = /confirm (\S{4})\n$/.exec(await client.ask("online"))?.[1];
    expect(await client.ask(`online ${token}`)).toMatch(/^online as ~guest\d+\n$/);
  });

  test("a token of one address is nothing to another", async () => {
    await using harness = await startHub(untrusted);
    using client = await udpClient(harness.port());
    using thief = await udpClient(harness.port());
    const token = /confirm (\S{4})\n$/.exec(await client.ask("online"))?.[1];
    expect(await thief.ask(`confirm ${token}`)).toContain("not for this address");
  });

  test("a prefix that asks too often is left unanswered", async () => {
    await using harness = await startHub({
      ...untrusted,
      text: { trust: [], repliesPerSecond: 1, burst: 3 },
    });
    using client = await udpClient(harness.port());
    for (let asked = 0; asked < 20; asked++) client.send("greet");
    for (let answered = 0; answered < 3; answered++) expect(await client.next()).toBe("hello\n");
    await expect.poll(() => harness.hub.status().received).toBe(20);
    expect(harness.hub.status().dropped).toBeGreaterThanOrEqual(16);
    expect(client.inbox.length).toBeLessThanOrEqual(1);
  });
});

test("a proven peer reads on with a bare more", async () => {
  await using harness = await startHub({ plugins: demo });
  using client = await udpClient(harness.port());
  client.send("long 2000");
  let last = "";
  while (!last.includes("more ")) last = await client.next();
  expect(await client.ask("more")).toMatch(/^line \d+\n/);
  using idle = await udpClient(harness.port());
  expect(await idle.ask("more")).toBe("There is no more.\n");
});

describe("transports", () => {
  test("mounts, IPv6, host names and several listeners work side by side", async () => {
    const listen = [
      "udp://127.0.0.1:0=demo",
      "udp://[::1]:0",
      "udp://localhost:0",
      "tcp://127.0.0.1:0=demo",
      "udp://127.0.0.1:0",
    ];
    await using harness = await startHub({ listen, plugins: demo });
    expect(harness.hub.listeners.map(({ mount }) => mount)).toEqual([
      "demo",
      undefined,
      undefined,
      "demo",
      undefined,
    ]);
    using mounted = await udpClient(harness.port(0));
    expect(await mounted.ask("greet")).toBe("hello, greet\n");
    using six = await udpClient(harness.port(1), "::1");
    expect(await six.ask("greet")).toBe("hello\n");
    using last = await udpClient(harness.port(4));
    expect(await last.ask("greet")).toBe("hello\n");
  });

  test("TCP answers every line, each before the next one, also the last one without its end", async () => {
    await using harness = await startHub({ listen: ["tcp://127.0.0.1:0"], plugins: demo });
    const socket = connect({ port: harness.port(), host: "127.0.0.1", allowHalfOpen: true });
    socket.end("greet\nslow\n/greet");
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
    await once(socket, "close");
    expect(answer).toBe("hello\nfirst\nsecond\nhello\n");
  });

  test("a TCP reader that does not read what others say is dropped, and they go on", async () => {
    await using harness = await startHub({
      listen: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"],
      plugins: demo,
    });
    const [deaf, loud] = [0, 1].map(() => connect({ port: harness.port(0), host: "127.0.0.1" }));
    deaf!.on("error", () => {});
    deaf!.write("online deaf\n");
    await once(deaf!, "data");
    const closed = once(deaf!.pause(), "close");
    loud!.resume().write("online loud\n");
    const line = `${"x".repeat(900)}\n`.repeat(100);
    const isDropped = () => harness.log.join("").includes("it does not read");
    while (!isDropped()) if (!loud!.write(line)) await once(loud!, "drain");
    deaf!.resume();
    await closed;
    loud!.destroy();
    using client = await udpClient(harness.port(1));
    expect(await client.ask("greet")).toBe("hello\n");
  });

  test("a port that is taken is refused by name", async () => {
    await using harness = await startHub();
    const url = harness.hub.listeners[0]?.url ?? "";
    await expect(startHub({ listen: [url] })).rejects.toMatchObject({
      name: "BindError",
      code: "EADDRINUSE",
      url,
    });
  });
});

describe("reload", () => {
  test("swaps plugins under load without losing a request", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    let answers = 0;
    for (let round = 0; round < 10; round++) {
      const greeting = `hello ${round}`;
      const reload = harness.hub.reload(
        harness.with({ plugins: { demo: { from: "./demo.ts", settings: { greeting } } } }),
      );
      for (let asked = 0; asked < 50; asked++) {
        expect(await client.ask("greet")).toMatch(/^hello/);
        answers++;
      }
      await reload;
      expect(await client.ask("greet")).toBe(`${greeting}\n`);
    }
    expect(answers).toBe(500);
  });

  test("lets a call under way end", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    expect(await client.ask("slow")).toBe("first\n");
    const reload = harness.hub.reload(harness.with({}));
    expect(await client.next()).toBe("second\n");
    await reload;
  });

  test("that fails leaves the old plugins and sockets as they were", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    const broken = harness.with({ plugins: { demo: { from: "./demo.ts", settings: { fail: true } } } });
    await expect(harness.hub.reload(broken)).rejects.toThrow("could not start: asked to fail");
    const unknownKey = harness.with({ plugins: { demo: { from: "./demo.ts", settings: { greting: "x" } } } });
    await expect(harness.hub.reload(unknownKey)).rejects.toMatchObject({ name: "ConfigError" });
    expect(await client.ask("greet")).toBe("hello\n");
  });

  test("changes listeners and mounts; who is online stays online", async () => {
    await using harness = await startHub({ plugins: demo });
    using client = await udpClient(harness.port());
    await client.ask("online ann");
    const [first] = harness.hub.listeners;
    await harness.hub.reload(harness.with({ listen: [first?.url ?? "", "udp://127.0.0.1:0=demo"] }));
    expect(harness.hub.listeners).toHaveLength(2);
    expect(await client.ask("hi")).toBe("~ann: hi\n");
    using other = await udpClient(harness.port(1));
    expect(await other.ask("x")).toBe("hello, x\n");
    await harness.hub.reload(harness.with({ listen: ["udp://127.0.0.2:0"] }));
    expect(harness.hub.listeners.map(({ url }) => url)).not.toContain(first?.url);
  });

  test("whoever was on a listener that was taken away is answered by the next one there", async () => {
    const keep = "udp://127.0.0.2:0";
    await using harness = await startHub({ listen: [keep, "udp://127.0.0.1:0"], plugins: demo });
    using client = await udpClient(harness.port(1));
    await client.ask("online ann");
    const { url } = harness.hub.listeners[1]!;
    await harness.hub.reload(harness.with({ listen: [keep], plugins: demo }));
    await harness.hub.reload(harness.with({ listen: [keep, url], plugins: demo }));
    expect(await client.ask("greet")).toBe("hello\n");
    expect(await client.ask("online ann")).toContain("~ann");
    expect(await client.ask("hi")).toBe("~ann: hi\n");
  });
});

test("a hub that closes tells who is online and frees its port at once", async () => {
  const harness = await startHub({ plugins: demo });
  using client = await udpClient(harness.port());
  await client.ask("online ann");
  const { url } = harness.hub.listeners[0] ?? { url: "" };
  await harness[Symbol.asyncDispose]();
  expect(await client.next()).toContain("shutting down");
  await using again = await startHub({ listen: [url] });
  expect(again.hub.listeners[0]?.url).toBe(url);
});
