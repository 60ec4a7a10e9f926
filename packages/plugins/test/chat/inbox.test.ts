import { expect, it } from "vitest";
import { createFakeHub, type FakePeer } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { comeAgain, inboxOf, setUp, waitsForYou, type SetUp } from "./people.ts";

const none = "No private messages are waiting.";
const onTheWay = (count: number) =>
  `Private messages on their way to you: ${count}. If none comes, ask again in two minutes.`;

/** Ada wrote while bob was offline; he is back. */
function writeToBob({ hub, enter }: SetUp, ...texts: readonly string[]): FakePeer {
  const ada = enter("ada");
  const bob = enter("bob");
  hub.call(bob, "offline");
  for (const text of texts) hub.call(ada, `msg bob ${text}`);
  hub.call(bob, "online bob");
  return bob;
}

const storedIn = ({ plugin }: SetUp) =>
  plugin.database
    .prepare("SELECT text FROM letters ORDER BY number")
    .all()
    .map(({ text }) => text);

it("what it gave out waits until the client has it, and is not given to that client twice", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const bob = writeToBob(setup, "one", "two");
  expect(inboxOf(hub, bob)).toEqual(["one", "two"]);
  expect(storedIn(setup)).toEqual(["one", "two"]);
  expect(hub.call(bob, "inbox").text).toBe(onTheWay(2));
  hub.acknowledge(bob);
  expect(storedIn(setup)).toEqual([]);
  expect(hub.call(bob, "inbox")).toEqual({ text: none, data: { messages: [], left: 0 } });
});

it("a client that is killed before it has the answer leaves it to the next one, which is told of it", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  expect(inboxOf(hub, writeToBob(setup, "hi"))).toEqual(["hi"]);
  const next = comeAgain(hub, "next");
  expect(next.heard).toContain(waitsForYou);
  expect(inboxOf(hub, next)).toEqual(["hi"]);
  const last = comeAgain(hub, "last");
  expect(inboxOf(hub, last)).toEqual(["hi"]);
  hub.acknowledge(last);
  expect(inboxOf(hub, comeAgain(hub, "after that"))).toEqual([]);
});

it("a client that gave the answer up gets it again, later", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const bob = writeToBob(setup, "hi");
  expect(inboxOf(hub, bob)).toEqual(["hi"]);
  plugin.database.exec("UPDATE given_letters SET at = at - 119000");
  expect(inboxOf(hub, bob)).toEqual([]);
  plugin.database.exec("UPDATE given_letters SET at = at - 2000");
  expect(inboxOf(hub, bob)).toEqual(["hi"]);
});

it("what two clients read at the same time is gone as soon as the first of them has it", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const bob = writeToBob(setup, "hi");
  expect(inboxOf(hub, bob)).toEqual(["hi"]);
  const other = comeAgain(hub, "other");
  expect(inboxOf(hub, other)).toEqual(["hi"]);
  hub.acknowledge(bob);
  expect(storedIn(setup)).toEqual([]);
  hub.acknowledge(other);
  expect(inboxOf(hub, other)).toEqual([]);
});

it("of clients that never have it the latest are remembered", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const bob = writeToBob(setup, "hi");
  inboxOf(hub, bob);
  plugin.database.exec("UPDATE given_letters SET at = at - 1000");
  const clients = Array.from({ length: 40 }, (_, number) => comeAgain(hub, `client ${number}`));
  for (const client of clients) expect(inboxOf(hub, client)).toEqual(["hi"]);
  expect(plugin.database.prepare("SELECT count(*) AS count FROM given_letters").get()).toEqual({ count: 32 });
  hub.acknowledge(bob);
  expect(storedIn(setup), "forgotten: it reads it again, or another does").toEqual(["hi"]);
  hub.acknowledge(clients.at(-1)!);
  expect(storedIn(setup)).toEqual([]);
  expect(plugin.database.prepare("SELECT * FROM given_letters").all()).toEqual([]);
});

it("what was sent to one client and read by another is gone as soon as either has it", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const asleep = setup.enter("bob");
  hub.call(ada, "msg bob one");
  const killed = comeAgain(hub, "killed");
  expect(inboxOf(hub, killed)).toEqual(["one"]);
  hub.acknowledge(asleep);
  expect(storedIn(setup)).toEqual([]);
  hub.acknowledge(killed);
  hub.call(ada, "msg bob two");
  expect(storedIn(setup)).toEqual(["two"]);
});

it("an answer that came takes away what was in it, and not what comes next", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const long = Array.from({ length: 10 }, (_, number) => `${number} ${"x".repeat(1800)}`);
  const bob = writeToBob(setup, ...long);
  const first = inboxOf(hub, bob);
  expect(hub.call(bob, "inbox").data).toMatchObject({ left: 0 });
  const [receipt = ""] = bob.receipts.splice(0);
  bob.receipts.push(receipt);
  hub.acknowledge(bob);
  expect(first.length).toBeGreaterThan(1);
  expect(storedIn(setup)).toEqual(long.slice(first.length));
  expect(inboxOf(hub, comeAgain(hub, "next")).length + first.length).toBe(long.length);
});

it("it outlives a reload and the hub", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using plugin = await hub.load(folder);
    const ada = hub.peer("ada", { key: "key-ada" });
    hub.call(ada, "online ada");
    const bob = comeAgain(hub, "bob");
    hub.call(bob, "offline");
    hub.call(ada, "msg bob one");
    hub.call(bob, "online bob");
    expect(inboxOf(hub, bob)).toEqual(["one"]);
    await using _next = await hub.load(plugin.directory);
    hub.acknowledge(bob);
    expect(inboxOf(hub, comeAgain(hub, "bob again"))).toEqual([]);
    hub.call(bob, "away");
    hub.call(ada, "msg bob two");
    expect(inboxOf(hub, comeAgain(hub, "last"))).toEqual(["two"]);
  }
  const hub = createFakeHub();
  await using _plugin = await hub.load(folder);
  const bob = comeAgain(hub, "after that");
  expect(bob.heard).toContain(waitsForYou);
  expect(inboxOf(hub, bob)).toEqual(["two"]);
});
