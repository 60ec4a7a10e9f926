import { describe, expect, it } from "vitest";
import { historyOf, makeRoom, setUp } from "./people.ts";

const said = (message: object) => ({ room: "dev", from: "ada", ...message });

describe("what can be done with a message", () => {
  it("an edit gives it a new text, for who comes later too, under a number of the same sequence", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "say helo");
    hub.call(ada, "say second");
    expect(hub.call(ada, "edit #dev ^1 hello").data).toMatchObject({ room: "dev", seq: 3 });
    expect(bob.messages.at(-1)).toMatchObject(
      said({ seq: 3, kind: "edit", target: 1, to: "ada", text: "hello" }),
    );
    expect(historyOf(hub, bob)).toBe("ada: hello\nada: second");
    expect(hub.call(bob, "history since 0").data).toMatchObject({
      messages: [
        { seq: 1, text: "hello", editedAt: expect.any(Number) },
        { seq: 2 },
        { seq: 3, kind: "edit" },
      ],
    });
    hub.call(ada, "edit the last one");
    expect(historyOf(hub, bob)).toBe("ada: hello\nada: the last one");
    // What looks like a number and is none takes no message's place.
    for (const number of ["^-1", "^+2", "^1.5", "^1x"]) {
      expect(() => hub.call(ada, `edit ${number} hello`)).toThrow(`${number} is no number of a message`);
    }
    expect(() => hub.call(ada, `edit ^1${"1".repeat(100)} hello`)).toThrow("That is no number of a message");
    hub.call(ada, "edit ^_^ hello");
    expect(historyOf(hub, bob)).toBe("ada: hello\nada: ^_^ hello");
  });

  it("only its author edits a message; operators of the room delete any, and the text is gone everywhere", async () => {
    await using setup = await setUp();
    const { hub, plugin } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(bob, "say secret one");
    hub.call(bob, "edit secret two");
    expect(() => hub.call(ada, "edit ^1 forged")).toThrow("Only your own messages can be edited.");
    hub.call(ada, "delete ^1 not here");
    expect(bob.messages.at(-1)).toMatchObject({
      kind: "delete",
      target: 1,
      from: "ada",
      to: "bob",
      text: "not here",
    });
    const rows = plugin.database.prepare("SELECT seq, kind, text FROM messages ORDER BY seq").all();
    expect(rows).toEqual([
      { seq: 1, kind: "say", text: "" },
      { seq: 2, kind: "edit", text: "" },
      { seq: 3, kind: "delete", text: "not here" },
    ]);
    expect(hub.call(ada, "search secret").data).toMatchObject({ messages: [] });
    expect(historyOf(hub, ada)).toBe("* a message of bob was deleted");
    for (const line of ["edit ^1 x", "delete ^1", "reply ^1 x", "react ^1 👍"]) {
      expect(() => hub.call(bob, line)).toThrow("That message was deleted.");
    }
    hub.call(ada, "say mine");
    expect(() => hub.call(bob, "delete ^4")).toThrow("Only its author and the operators of the room");
    expect(() => hub.call(bob, "delete ^2")).toThrow("There is no message 2 in #dev");
    expect(() => hub.call(bob, "edit ^99 x")).toThrow("There is no message 99 in #dev; it may be too old.");
  });

  it("an operator of a room does not delete what its owner said", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "op bob");
    hub.call(ada, "say mine");
    expect(() => hub.call(bob, "delete ^1")).toThrow("ada has as many rights here as you.");
  });

  it("nor what an operator of the hub said, who may be offline by then", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    const root = setup.enter("root", { roles: ["operator"] });
    hub.call(root, "join dev");
    hub.call(root, "say rules of the house");
    hub.call(root, "offline");
    expect(() => hub.call(ada, "delete ^1")).toThrow("root has as many rights here as you.");
    expect(historyOf(hub, ada)).toBe("root: rules of the house");
    const other = setup.enter("other", { roles: ["operator"] });
    hub.call(other, "join dev");
    expect(() => hub.call(other, "delete ^1"), "nor one the other's").toThrow("root has as many rights");
    hub.call(root, "online root");
    hub.call(root, "join dev");
    expect(hub.call(root, "delete ^1").data).toMatchObject({ seq: 2 });
  });

  it("a reply names what it answers, and whom", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "say lunch?");
    hub.call(bob, "reply ^1 at noon");
    expect(ada.messages.at(-1)).toMatchObject({
      kind: "say",
      from: "bob",
      target: 1,
      to: "ada",
      text: "at noon",
    });
    hub.call(ada, "reply fine");
    expect(historyOf(hub, bob)).toBe("ada: lunch?\nbob (to ada): at noon\nada (to bob): fine");
    const eve = setup.guest("eve");
    hub.call(eve, "join dev");
    hub.call(eve, "reply ^1 me too");
    expect(ada.messages.at(-1)).toMatchObject({ from: "~eve", target: 1, to: "ada" });
  });

  it("a reaction is one emoji, counts once, and is taken back", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "say done");
    expect(hub.call(bob, "react 👍").data).toMatchObject({ seq: 2 });
    expect(hub.call(bob, "react ^1 👍").data).toMatchObject({ seq: 2 });
    expect(hub.call(bob, "unreact ^1 👍").data).toMatchObject({ seq: 3 });
    expect(hub.call(bob, "unreact ^1 👍").data).toMatchObject({ seq: 3 });
    expect(ada.messages.slice(-2).map(({ kind, text, target }) => [kind, text, target])).toEqual([
      ["react", "👍", 1],
      ["unreact", "👍", 1],
    ]);
    for (const emoji of ["ok", "👍👍", "\u001b[2J", "x", "\u202e"]) {
      expect(() => hub.call(bob, `react ${emoji}`)).toThrow("A reaction is one emoji");
    }
    for (const emoji of ["👨‍👩‍👧‍👦", "❤️", "🇨🇳", "❤"]) hub.call(bob, `react ${emoji}`);
  });

  it("one user reacts to one message at most 32 times", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "say done");
    for (let number = 0; number < 16; number++)
      for (const what of ["react", "unreact"]) hub.call(bob, `${what} 👍`);
    expect(() => hub.call(bob, "react 👍")).toThrow("You reacted 32 times to that message already.");
  });

  it.each(["say x", "reply ^1 x", "edit ^1 x", "delete ^1", "react ^1 👍"])(
    "%j that comes again with the same id is done once and answered alike",
    async (line) => {
      await using setup = await setUp();
      const { hub } = setup;
      const { ada } = makeRoom(setup);
      hub.call(ada, "say first");
      const id = "ab".repeat(16);
      const answer = hub.call(ada, line, id);
      const heard = ada.messages.length;
      expect(hub.call(ada, line, id)).toEqual(answer);
      expect(ada.messages).toHaveLength(heard);
    },
  );

  it("text peers change nothing, since an address is only a claim", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const eve = setup.guest("eve");
    hub.call(eve, "say x");
    for (const line of ["edit y", "delete", "react 👍"]) {
      expect(() => hub.call(eve, line)).toThrow("Messages are changed by who has a key");
    }
  });
});

it("mentions are those in the room who are named, by @ or in front", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const { ada, bob } = makeRoom(setup);
  setup.enter("eve");
  hub.call(setup.guest("小明"), "join dev");
  hub.call(ada, "say bob: see @小明, @eve and @nobody; mail me@bob, thanks @Bob.");
  expect(bob.messages.at(-1)?.mentions).toEqual(["bob", "~小明"]);
  hub.call(ada, "say nobody is named");
  expect(bob.messages.at(-1)).not.toHaveProperty("mentions");
  expect(hub.call(bob, "history since 0").data).toMatchObject({
    messages: [{ mentions: ["bob", "~小明"] }, {}],
  });
});

it("an edit names whom its new text names, and a deleted message nobody", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const { ada, bob } = makeRoom(setup);
  hub.call(ada, "say @bob look");
  hub.call(ada, "edit @ada look");
  expect(bob.messages.at(-1)).toMatchObject({ kind: "edit", mentions: ["ada"] });
  expect(hub.call(bob, "history since 0").data).toMatchObject({
    messages: [
      { seq: 1, mentions: ["ada"] },
      { seq: 2, mentions: ["ada"] },
    ],
  });
  hub.call(ada, "edit nobody");
  hub.call(ada, "say @bob again");
  hub.call(ada, "delete");
  const named = plugin.database.prepare("SELECT seq FROM messages WHERE mentions IS NOT NULL");
  expect(named.all()).toEqual([]);
});
