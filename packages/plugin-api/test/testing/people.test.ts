import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { command, definePlugin, Refusal, type Caller } from "../../src/index.ts";
import { createTestHub } from "../../src/testing/index.ts";

const events: string[] = [];
const greeter = definePlugin({
  name: "greeter",
  api: 1,
  needs: ["users", "rooms"],
  setup: ({ users, rooms }) => ({
    commands: {
      online: command({
        summary: "Come online",
        args: { nick: z.string().optional() },
        run: ({ args, caller }) => `You are ${users.enter(caller.id, args.nick).nick}.`,
      }),
      tell: command({
        summary: "Tell somebody",
        args: { nick: z.string(), text: z.string() },
        run({ args, caller }) {
          const to = users.find(args.nick);
          const isSent = to && users.send(to.id, `${caller.nick} says: ${args.text}`, args.text);
          return isSent ? "told" : "not here";
        },
      }),
      take: command({
        summary: "Take something, and fail or go on for ever afterwards",
        args: { receipt: z.string(), outcome: z.string().optional() },
        async *run({ args, signal }) {
          yield { text: "first", receipt: "is replaced" };
          yield { text: "here", receipt: args.receipt };
          if (args.outcome === "refuse") throw new Refusal("no more");
          if (args.outcome === "stay") await sleep(3_600_000, undefined, { signal });
        },
      }),
    },
    text: ({ text, caller }) => `${caller.dialect} ${text}`,
    on: {
      "user:online": ({ user }) => void events.push(`+${user.nick}`),
      "user:offline": ({ user, rooms: left, reason }) =>
        void events.push(`-${user.nick} ${left.join()} ${reason}`),
      "user:received": ({ user, receipt }) => void events.push(`${user.nick} has ${receipt}`),
      "room:message": ({ message: { room, seq, at, from, text } }) => {
        if (text === "hello")
          rooms.publish({ room, seq: seq + 1, at, from: "greeter", kind: "say", text: `hi ${from}` });
      },
    },
  }),
});

test("several users, guests and strangers come, talk in rooms and go", async () => {
  events.length = 0;
  await using hub = await createTestHub(greeter);
  const ada = hub.as("ada", "operator");
  const bob = hub.as("~bob");
  expect(ada.caller).toMatchObject({ nick: "ada", roles: ["operator"], dialect: "session", online: true });
  expect(ada.caller.key).toMatch(/^[\w-]{43}$/);
  expect(bob.caller).toMatchObject({ nick: "~bob", roles: [], dialect: "text", key: undefined });
  expect(hub.as("ada")).toBe(ada);

  expect(await ada.send("/tell BOB are you there?")).toEqual(["told"]);
  expect(bob.inbox).toEqual(["ada says: are you there?"]);
  ada.join("lobby");
  bob.join("lobby");
  bob.say("lobby", "hello");
  expect(ada.inbox).toEqual(["~bob: hello", "greeter: hi ~bob"]);
  expect(ada.messages.map(({ seq }) => seq)).toEqual([1, 2]);

  const carol = hub.stranger();
  expect(() => carol.say("lobby", "hello")).toThrow("not in lobby");
  expect(await carol.sendToMount("x")).toEqual(["text x"]);
  expect(await carol.send("online ada")).toEqual(["The name ada is taken; choose another."]);
  expect(await carol.send("online carol")).toEqual(["You are ~carol."]);
  expect(await bob.run("tell", "ada", "yes")).toEqual(["told"]);
  bob.leave("asleep");
  expect(await ada.run("tell", "bob", "bye")).toEqual(["not here"]);
  expect(events).toEqual(["+ada", "+~bob", "+~carol", "ada has yes", "-~bob lobby asleep"]);
});

test("an answer's receipt comes back from a session that got all of it, and from nobody else", async () => {
  await using hub = await createTestHub(greeter);
  const ada = hub.as("ada");
  events.length = 0;
  expect(await ada.send("/take one")).toEqual(["first", "here"]);
  expect(await hub.as("~bob").send("/take two")).toEqual(["first", "here"]);
  expect(await ada.send("/take three refuse")).toEqual(["first", "here", "no more"]);
  const call = ada.send("/take four stay");
  while (call.texts.length < 2) await call.next();
  ada.leave();
  expect(await call).toContain("The call was ended.");
  expect(events.filter((event) => event.includes("has"))).toEqual(["ada has one"]);
  const taken = hub.as("ada").send(`/take ${"x".repeat(101)}`);
  await expect(taken).rejects.toThrow("a receipt is a text of 1 to 100 characters");
});

test("a test emits events of its own", async () => {
  events.length = 0;
  await using hub = await createTestHub(greeter);
  const user: Caller = { ...hub.stranger().caller, nick: "dan" };
  await hub.emit("user:offline", { user, rooms: ["a", "b"], reason: "gone" });
  expect(events).toEqual(["-dan a,b gone"]);
});
