import { expect, it } from "vitest";
import { createFakeHub } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { setUp } from "./people.ts";

const none = "No private messages are waiting.";

it("who is offline reads a private message later, once", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  hub.call(bob, "offline");
  expect(hub.call(ada, "msg bob see you").text).toBe("To bob (offline, reads it later): see you");
  expect(bob.heard.join("\n")).not.toContain("see you");
  hub.call(bob, "online bob");
  expect(bob.heard).toContain("* You have a private message from while you were away. Send: /inbox");
  expect(hub.call(bob, "inbox").text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\dZ ada \(to you alone\): see you$/);
  hub.acknowledge(bob);
  expect(hub.call(bob, "inbox").text).toBe(none);
  expect(() => hub.call(ada, "msg zoe hi")).toThrow("Nobody of that name is online.");
});

it("a private message reaches every client of who it is for", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  const laptop = hub.peer("bob's laptop", { key: "key-bob" });
  hub.call(laptop, "online laptop");
  hub.call(ada, "msg bob both of you");
  for (const client of [bob, laptop]) expect(client.heard.at(-1)).toBe("ada (to you alone): both of you");
  // One of them is enough.
  hub.acknowledge(laptop);
  hub.call(bob, "offline");
  hub.call(bob, "online bob");
  expect(hub.call(bob, "inbox").text).toBe(none);
  expect(ada.heard.join()).not.toContain("both of you");
});

it("who is ignored reaches nobody in private, and does not learn of it", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  expect(() => hub.call(bob, "ignore nobody")).toThrow("Nobody of that name is known.");
  expect(() => hub.call(bob, "ignore bob")).toThrow("That is you.");
  hub.call(ada, "join den");
  expect(hub.call(bob, "ignore Ada").text).toBe("You get no private messages of ada any more.");
  bob.heard.length = 0;
  hub.call(ada, "nick adele");
  bob.heard.length = 0;
  expect(hub.call(ada, "msg bob psst").text).toBe("To bob: psst");
  hub.call(ada, "invite bob");
  hub.call(bob, "away");
  expect(hub.call(ada, "msg bob psst").data).toMatchObject({ kept: true });
  hub.call(bob, "away");
  expect(bob.heard.join()).not.toMatch(/psst|invites|private/);
  expect(hub.call(bob, "inbox").text).toBe(none);
  expect(hub.call(bob, "ignore").text).toBe("You ignore: ada");
  expect(() => hub.call(bob, "unignore eve")).toThrow("You ignore nobody of that name.");
  hub.call(bob, "unignore adele");
  expect(hub.call(bob, "ignore").text).toBe("You ignore nobody.");
  hub.call(ada, "msg bob hello");
  expect(bob.heard.at(-1)).toBe("adele (to you alone): hello");
  const eve = setup.guest("eve");
  expect(() => hub.call(bob, "ignore eve")).toThrow("~eve is here in plain text, and sends no private");
  expect(() => hub.call(eve, "ignore bob")).toThrow("Private messages are for encrypted sessions.");
});

it("nobody ignores more than a hundred", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  setup.enter("bob");
  const fill = plugin.database.prepare("INSERT INTO ignores VALUES ('key-ada', ?, 'x')");
  for (let number = 0; number < 100; number++) fill.run(`key ${number}`);
  expect(() => hub.call(ada, "ignore bob")).toThrow("You ignore as many as the hub remembers.");
});

it("who is away hears it at once and has it in the inbox on coming back", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  hub.call(bob, "away lunch");
  expect(hub.call(ada, "msg bob ping").text).toBe("To bob (away: lunch): ping");
  expect(bob.heard.at(-1)).toBe("ada (to you alone): ping");
  hub.call(bob, "away");
  expect(bob.heard).toContain("* You have a private message from while you were away. Send: /inbox");
});

it("what waits outlives the hub, belongs to the key, and is bounded for each sender", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using _plugin = await hub.load(folder);
    const [ada, bob] = ["ada", "bob"].map((nick) => {
      const peer = hub.peer(nick, { key: `key-${nick}` });
      hub.call(peer, `online ${nick}`);
      return peer;
    });
    hub.call(bob!, "offline");
    for (let number = 0; number < 20; number++) hub.call(ada!, `msg bob ${number} ${"字".repeat(600)}`);
    expect(() => hub.call(ada!, "msg bob more")).toThrow("bob is away, and has as many messages waiting");
  }
  const hub = createFakeHub();
  await using _plugin = await hub.load(folder);
  const thief = hub.peer("thief", { key: "other" });
  hub.call(thief, "online bob");
  expect(hub.call(thief, "inbox").data).toMatchObject({ messages: [] });
  const bob = hub.peer("b", { key: "key-bob" });
  hub.call(bob, "online robert");
  const read: string[] = [];
  for (;;) {
    const { messages, left } = hub.call(bob, "inbox").data as { messages: { text: string }[]; left: number };
    expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThan(60_000);
    read.push(...messages.map(({ text }) => text.split(" ")[0]!));
    if (left === 0) break;
  }
  expect(read).toEqual(Array.from({ length: 20 }, (_, number) => String(number)));
});
