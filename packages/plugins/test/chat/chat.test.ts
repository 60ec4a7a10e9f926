import { describe, expect, it } from "vitest";
import { createFakeHub, type FakeHub, type FakePeer } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";

interface SetUp extends AsyncDisposable {
  readonly hub: FakeHub;
  readonly plugin: Awaited<ReturnType<FakeHub["load"]>>;
}

async function setUp(settings: Readonly<Record<string, unknown>> = {}): Promise<SetUp> {
  const hub = createFakeHub();
  const plugin = await hub.load(createFolder(), settings);
  return { hub, plugin, [Symbol.asyncDispose]: () => plugin[Symbol.asyncDispose]() };
}

function enter(hub: FakeHub, nick: string, key?: string): FakePeer {
  const peer = hub.peer(`peer-${nick}`, key === undefined ? {} : { key });
  hub.call(peer, `online ${nick}`);
  return peer;
}

describe("coming and going", () => {
  it("a guest without a name gets one, and reads where it is", async () => {
    await using setup = await setUp();
    const guest = setup.hub.peer("a");
    const { text } = setup.hub.call(guest, "online");
    expect(text).toBe("You are online as ~guest1 in #lobby, 1 here. Say something, or send: /help");
  });

  it("those in the lobby are told, the newcomer reads only the answer", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    expect(ada.heard).toEqual(["* ~bob is here"]);
    expect(bob.heard).toEqual([]);
  });

  it("coming online twice says so and changes nothing", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    expect(setup.hub.call(bob, "online").text).toBe("You are online already, as ~bob in #lobby.");
    expect(ada.heard).toEqual(["* ~bob is here"]);
  });

  it("coming online again with a name renames", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    expect(setup.hub.call(ada, "online lovelace").text).toBe("You are ~lovelace now.");
    expect(ada.heard).toEqual(["* ~ada is now ~lovelace"]);
  });

  it("whoever left every room comes back to the lobby under the same name", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    expect(setup.hub.call(ada, "part").text).toBe("You left #lobby. Send: /join lobby");
    expect(setup.hub.call(ada, "online").text).toMatch(/^You are online as ~ada in #lobby, 1 here\./);
  });

  it("going offline tells the rooms, once, also when it is said twice", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    expect(setup.hub.call(bob, "offline").text).toBe("You are offline.");
    expect(setup.hub.call(bob, "offline").text).toBe("You are offline.");
    expect(ada.heard).toEqual(["* ~bob is here", "* ~bob went offline"]);
  });

  it("a lease that ran out is told to every room, with the reason", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    setup.hub.call(ada, "join dev");
    setup.hub.call(bob, "join dev");
    ada.messages.length = 0;
    setup.hub.expire(bob, "no word for 120 s");
    expect(ada.messages.map(({ room, seq, kind, from, text }) => ({ room, seq, kind, from, text }))).toEqual(
      ["lobby", "dev"].map((room) => ({
        room,
        seq: 0,
        kind: "notice",
        from: "~bob",
        text: "~bob went offline (no word for 120 s)",
      })),
    );
  });

  it("a new name is told to every room and used from then on", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    expect(setup.hub.call(bob, "nick rob").text).toBe("You are ~rob now.");
    setup.hub.call(bob, "say hi");
    expect(ada.heard.slice(1)).toEqual(["* ~bob is now ~rob", "~rob: hi"]);
  });

  it("a name that is taken is refused", async () => {
    await using setup = await setUp();
    enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    expect(() => setup.hub.call(bob, "nick Ada")).toThrow("The name Ada is taken; choose another.");
  });

  it("who is away shows it, with the reason, until it is back or offline", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    setup.hub.call(bob, "away having \u001b[31mlunch");
    expect(setup.hub.call(ada, "who").text).toBe("#lobby, 2 here: ~ada, ~bob (away: having lunch)");
    setup.hub.call(bob, "away");
    expect(setup.hub.call(ada, "who").text).toBe("#lobby, 2 here: ~ada, ~bob");
    setup.hub.call(bob, "away");
    expect(setup.hub.call(ada, "who").data).toEqual({
      room: "lobby",
      users: [
        { nick: "~ada", state: "online" },
        { nick: "~bob", state: "away", reason: "" },
      ],
      total: 2,
    });
    expect(ada.heard.slice(1)).toEqual(["* ~bob is away (having lunch)", "* ~bob is back", "* ~bob is away"]);
    setup.hub.call(bob, "offline");
    setup.hub.call(bob, "online bob");
    expect(setup.hub.call(ada, "who").text).toBe("#lobby, 2 here: ~ada, ~bob");
  });
});

describe("talking", () => {
  it("everyone in the room hears it, the sender too, in the order of one sequence", async () => {
    await using setup = await setUp();
    const people = ["ada", "bob", "eve"].map((nick) => enter(setup.hub, nick));
    for (let round = 1; round <= 10; round++) {
      for (const peer of people) setup.hub.call(peer, `say ${peer.caller.nick} ${round}`);
    }
    for (const peer of people) {
      const said = peer.messages.filter(({ kind }) => kind === "say");
      expect(said.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      expect(said.slice(0, 3).map(({ from, text }) => `${from}: ${text}`)).toEqual([
        "~ada: ~ada 1",
        "~bob: ~bob 1",
        "~eve: ~eve 1",
      ]);
    }
  });

  it("text peers are answered by the room alone, sessions get the number of their message", async () => {
    await using setup = await setUp();
    const bob = enter(setup.hub, "bob");
    const ada = enter(setup.hub, "ada", "key-a");
    expect(setup.hub.call(bob, "say hello")).toEqual({ text: "" });
    expect(setup.hub.call(ada, "say hello")).toEqual({
      text: "",
      data: { room: "lobby", seq: 2, at: expect.any(Number) },
    });
  });

  it("each room has its own sequence and its own listeners", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada", "key-a");
    const bob = enter(setup.hub, "bob");
    setup.hub.call(ada, "say one");
    setup.hub.call(ada, "join dev");
    expect(setup.hub.call(ada, "say two").data).toMatchObject({ room: "dev", seq: 1 });
    expect(setup.hub.call(ada, "say #lobby three").data).toMatchObject({ room: "lobby", seq: 2 });
    expect(bob.heard).toEqual(["ada: one", "ada: three"]);
  });

  it("joining a room again makes it the one to talk in, without a word to anybody", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada", "key-a");
    const bob = enter(setup.hub, "bob");
    setup.hub.call(ada, "join dev");
    setup.hub.call(ada, "join #Lobby");
    expect(setup.hub.call(ada, "say here").data).toMatchObject({ room: "lobby" });
    expect(bob.heard).toEqual(["ada: here"]);
    expect(setup.hub.call(ada, "part").text).toBe("You left #lobby. You talk in #dev now.");
  });

  it("a # that begins no room name is part of the text; a room one is not in is refused", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    setup.hub.call(ada, "say #C++ is a language");
    setup.hub.call(ada, "say # heading");
    expect(ada.heard).toEqual(["~ada: #C++ is a language", "~ada: # heading"]);
    expect(() => setup.hub.call(ada, "say #dev secret")).toThrow("You are not in #dev. Send: /join dev");
    expect(() => setup.hub.call(ada, "say #lobby")).toThrow("Your message is empty.");
  });

  it("an action", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    setup.hub.call(ada, "me #lobby waves");
    expect(ada.heard).toEqual(["* ~ada waves"]);
  });

  it("what could drive a terminal or forge a line reaches neither people nor the database", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    setup.hub.call(ada, "say a\u001b]52;c;cm0=\u0007b\r\n~bob: c\u202e");
    expect(ada.heard).toEqual(["~ada: ab ~bob: c"]);
    expect(setup.plugin.database.prepare("SELECT text FROM messages").all()).toEqual([
      { text: "ab ~bob: c" },
    ]);
  });

  it("more than 2,000 bytes, or nothing, is refused and not stored", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    expect(() => setup.hub.call(ada, `say ${"你".repeat(667)}`)).toThrow("Your message has 2001 bytes");
    expect(() => setup.hub.call(ada, "say \u0007")).toThrow("Your message is empty.");
    setup.hub.call(ada, `say ${"x".repeat(2000)}`);
    expect(ada.messages.map(({ seq }) => seq)).toEqual([1]);
  });
});

describe("private messages", () => {
  it("go from session to session and to nobody else", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada", "key-a");
    const bob = enter(setup.hub, "bob", "key-b");
    const eve = enter(setup.hub, "eve", "key-e");
    expect(setup.hub.call(ada, "msg bob two words").text).toBe("To bob: two words");
    expect(bob.heard.at(-1)).toBe("ada (to you alone): two words");
    expect(eve.heard).toEqual([]);
    setup.hub.call(bob, "away asleep");
    expect(setup.hub.call(ada, "msg bob hey").text).toBe("To bob (away: asleep): hey");
    expect(setup.plugin.database.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({
      count: 0,
    });
  });

  it("text peers neither send nor get them, and read why", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada", "key-a");
    const bob = enter(setup.hub, "bob");
    expect(() => setup.hub.call(bob, "msg ada hi")).toThrow("Private messages are for encrypted sessions");
    expect(() => setup.hub.call(ada, "msg bob hi")).toThrow("~bob is here in plain text");
    expect(() => setup.hub.call(ada, "msg zoe hi")).toThrow("Nobody of that name is online.");
    expect(bob.heard.join()).not.toContain("hi");
  });
});

describe("rooms", () => {
  it("who comes into a room reads its topic and what was said last", async () => {
    await using setup = await setUp({ history: 2 });
    const ada = enter(setup.hub, "ada");
    setup.hub.call(ada, "join dev");
    setup.hub.call(ada, "topic all about dev");
    for (const text of ["one", "two", "three"]) setup.hub.call(ada, `say ${text}`);
    setup.hub.call(ada, "me waves");
    const bob = enter(setup.hub, "bob");
    const { text, data } = setup.hub.call(bob, "join dev");
    expect(text.split("\n")).toEqual([
      "You are in #dev, 2 here.",
      "Topic: all about dev",
      "~ada: three",
      "* ~ada waves",
    ]);
    expect(data).toMatchObject({
      room: "dev",
      here: 2,
      topic: "all about dev",
      seq: 4,
      messages: [{ seq: 3 }, { seq: 4 }],
    });
  });

  it("only as many last lines are shown as one datagram holds", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    for (let number = 1; number <= 20; number++) setup.hub.call(ada, `say ${number} ${"字".repeat(60)}`);
    const bob = setup.hub.peer("bob");
    const { text } = setup.hub.call(bob, "online bob");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900);
    expect(text.split("\n").map((line) => line.split(" ")[1])).toEqual(["are", "17", "18", "19", "20"]);
  });

  it("lists rooms and who is in them", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    enter(setup.hub, "bob");
    setup.hub.call(ada, "join dev");
    setup.hub.call(ada, "topic #dev tools");
    const rooms = setup.hub.call(ada, "rooms");
    expect(rooms.text).toBe("#lobby 2\n#dev 1 – tools");
    expect(rooms.data).toEqual({
      rooms: [
        { name: "lobby", users: 2 },
        { name: "dev", users: 1, topic: "tools" },
      ],
      total: 2,
    });
    expect(setup.hub.call(ada, "who").text).toBe("#dev, 1 here: ~ada");
    expect(setup.hub.call(ada, "who #lobby").text).toBe("#lobby, 2 here: ~ada, ~bob");
    expect(setup.hub.call(ada, "who elsewhere").text).toBe("Nobody is in #elsewhere.");
  });

  it("a topic is shown, set and cleared", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    expect(setup.hub.call(ada, "topic").text).toBe("#lobby has no topic.");
    setup.hub.call(ada, "topic so \u0007quiet");
    expect(setup.hub.call(ada, "topic").text).toBe("Topic of #lobby: so quiet");
    setup.hub.call(ada, "topic -");
    expect(setup.hub.call(ada, "topic").data).toEqual({ room: "lobby", topic: "" });
    expect(ada.heard).toEqual(["* ~ada set the topic: so quiet", "* ~ada cleared the topic"]);
    expect(() => setup.hub.call(ada, `topic ${"x".repeat(301)}`)).toThrow("The topic has 301 bytes");
  });

  it("nobody is in more rooms than allowed, and nobody hears of the attempt", async () => {
    await using setup = await setUp({ max_rooms_per_user: 2 });
    const ada = enter(setup.hub, "ada");
    const bob = enter(setup.hub, "bob");
    setup.hub.call(bob, "join third");
    setup.hub.call(ada, "join second");
    expect(() => setup.hub.call(ada, "join third")).toThrow(
      "You are in 2 rooms, as many as one may be. Send: /part",
    );
    expect(bob.heard).toEqual([]);
  });

  it("a room name that hides something is refused", async () => {
    await using setup = await setUp();
    const ada = enter(setup.hub, "ada");
    expect(() => setup.hub.call(ada, "join lоbby")).toThrow("mixes Latin, Cyrillic or Greek letters");
    expect(setup.hub.roomsOf(ada)).toEqual(["lobby"]);
  });
});

describe("a mount", () => {
  it("knows online and offline; all the rest is said", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const ada = hub.peer("a");
    const bob = hub.peer("b");
    expect(hub.text(ada, "online")).toBe(
      "You are online as ~guest1 in #lobby, 1 here. Say something, or send: offline",
    );
    expect(hub.text(bob, "online bob")).toContain("You are online as ~bob in #lobby, 2 here.");
    expect(hub.text(bob, "hello")).toBe("");
    expect(hub.text(bob, "/who")).toBe("");
    expect(hub.text(bob, "#dev is a room")).toBe("");
    expect(hub.text(bob, "online banking is down")).toBe("");
    expect(hub.text(ada, "offline")).toBe("You are offline.");
    expect(bob.heard).toEqual([
      "~bob: hello",
      "~bob: /who",
      "~bob: #dev is a room",
      "~bob: online banking is down",
      "* ~guest1 went offline",
    ]);
    expect(ada.heard).toEqual(["* ~bob is here", ...bob.heard.slice(0, 4)]);
  });

  it("takes nothing from who is not online", async () => {
    await using setup = await setUp();
    const ada = setup.hub.peer("a");
    expect(() => setup.hub.text(ada, "hello")).toThrow("You are not online yet. Send: online");
    expect(setup.plugin.database.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({
      count: 0,
    });
  });
});

it("who is where may be asked by anybody", async () => {
  await using setup = await setUp();
  enter(setup.hub, "ada", "key");
  const stranger = setup.hub.peer("bob");
  expect(setup.hub.call(stranger, "who").data).toMatchObject({ room: "lobby", users: [{ nick: "ada" }] });
  expect(setup.hub.call(stranger, "rooms").data).toMatchObject({ rooms: [{ name: "lobby", users: 1 }] });
});

it.each(["nick a", "join dev", "part", "say x", "me x", "msg a x", "topic", "topic x", "away", "history"])(
  "%s needs one to be online",
  async (line) => {
    await using setup = await setUp();
    expect(() => setup.hub.call(setup.hub.peer("a", { key: "key-a" }), line)).toThrow(
      "You are not online yet. Send: online",
    );
  },
);

it.each([
  [{ lobby: "no room" }, "is no room name"],
  [{ keep: 0 }, "keep"],
  [{ colour: "red" }, "colour"],
])("the configuration %j is refused", async (settings, reason) => {
  await expect(createFakeHub().load(createFolder(), settings)).rejects.toThrow(reason);
});
