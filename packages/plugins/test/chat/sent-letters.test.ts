import { expect, it } from "vitest";
import { createFakeHub } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { comeAgain, inboxOf, setUp, waitsForYou } from "./people.ts";

it("what a client has acknowledged waits nowhere", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  expect(hub.call(ada, "msg bob hi")).toMatchObject({
    text: "To bob: hi",
    data: { kept: false, stored: true },
  });
  hub.acknowledge(bob);
  const again = comeAgain(hub, "bob again");
  expect(again.heard).not.toContain(waitsForYou);
  expect(inboxOf(hub, again)).toEqual([]);
  expect(plugin.database.prepare("SELECT count(*) AS count FROM letters").get()).toEqual({ count: 0 });
});

it("what a client that was killed never got waits for the next one, which is told at once", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const killed = setup.enter("bob");
  hub.call(ada, "msg bob one");
  hub.call(ada, "msg bob two");
  const early = comeAgain(hub, "begun before the hub missed the first");
  expect(early.heard).toContain("* You have 2 private messages from while you were away. Send: /inbox");
  expect(inboxOf(hub, early)).toEqual(["one", "two"]);
  hub.acknowledge(early);
  hub.call(early, "offline");
  hub.call(ada, "msg bob three");
  hub.expire(killed, "no word for 120 s");
  const late = comeAgain(hub, "begun later");
  expect(late.heard).toContain(waitsForYou);
  expect(inboxOf(hub, late)).toEqual(["three"]);
  hub.acknowledge(late);
  // The first one was only asleep.
  hub.call(late, "offline");
  hub.call(ada, "msg bob four");
  hub.acknowledge(killed);
  expect(inboxOf(hub, comeAgain(hub, "begun last"))).toEqual(["four"]);
});

it("who wakes up after its lease gets it live, and not in the inbox as well", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  hub.call(ada, "msg bob sleep well");
  hub.expire(bob, "no word for 120 s");
  hub.acknowledge(bob);
  hub.call(bob, "online bob");
  expect(bob.heard).not.toContain(waitsForYou);
  expect(inboxOf(hub, bob)).toEqual([]);
});

it("who asks for its inbox while a message is on its way to it gets that once, unless it never comes", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  hub.call(ada, "msg bob hi");
  expect(inboxOf(hub, bob)).toEqual([]);
  plugin.database.exec("UPDATE given_letters SET at = at - 121000");
  expect(inboxOf(hub, bob)).toEqual(["hi"]);
});

it("it outlives the hub, and who asks again after that does not send it twice", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using _plugin = await hub.load(folder);
    const ada = hub.peer("ada", { key: "key-ada" });
    hub.call(ada, "online ada");
    comeAgain(hub, "bob");
    hub.call(ada, "msg bob hi", "aa");
  }
  const hub = createFakeHub();
  await using _plugin = await hub.load(folder);
  const ada = hub.peer("ada", { key: "key-ada" });
  hub.call(ada, "online ada");
  const bob = comeAgain(hub, "bob after that");
  expect(bob.heard).toContain(waitsForYou);
  bob.heard.length = 0;
  expect(hub.call(ada, "msg bob hi", "aa").text).toBe("To bob: hi");
  expect(bob.heard).toEqual([]);
  expect(inboxOf(hub, bob)).toEqual(["hi"]);
});

it("another instance of the plugin hears of what the one before it sent", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  hub.call(ada, "msg bob hi");
  await using _next = await hub.load(plugin.directory);
  hub.acknowledge(bob);
  expect(inboxOf(hub, comeAgain(hub, "bob again"))).toEqual([]);
});

it("a full box keeps no more, says so, and refuses nobody who is here", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const zoe = setup.enter("zoe");
  const bob = setup.enter("bob");
  for (let number = 0; number < 20; number++) hub.call(ada, `msg bob ${number}`);
  expect(hub.call(ada, "msg bob more")).toMatchObject({
    text: "To bob (not stored, since too many wait already: bob may miss it): more",
    data: { kept: false, stored: false },
  });
  expect(bob.heard.at(-1)).toBe("ada (to you alone): more");
  expect(bob.receipts).toHaveLength(20);
  expect(hub.call(zoe, "msg bob me too").data).toMatchObject({ stored: true });
  hub.acknowledge(bob);
  expect(hub.call(ada, "msg bob and on").data).toMatchObject({ stored: true });
  hub.call(bob, "away");
  expect(hub.call(ada, "msg bob later").data).toMatchObject({ kept: true, stored: true });
});

it("a full disk refuses it, and nobody gets it", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const bob = setup.enter("bob");
  bob.heard.length = 0;
  plugin.database.exec("PRAGMA query_only = true");
  expect(() => hub.call(ada, "msg bob hi")).toThrow("The hub could not store this, so nobody has got it.");
  expect(bob.heard).toEqual([]);
});
