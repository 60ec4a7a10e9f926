import { describe, expect, it, vi } from "vitest";
import { stopClock } from "./clock.ts";
import { makeRoom, setUp } from "./people.ts";

describe("rights", () => {
  it("the first key in a room owns it; guests own none, and the lobby is nobody's", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const ada = setup.enter("ada");
    const eve = setup.guest("eve");
    expect(hub.call(ada, "join dev").text).toBe("You are in #dev, 1 here. It is yours; its rules: /room");
    expect(hub.call(ada, "join dev").data).toMatchObject({ role: "owner" });
    hub.call(eve, "join open");
    expect(hub.call(ada, "join open").data).not.toHaveProperty("role");
    expect(() => hub.call(ada, "kick #open eve")).toThrow(
      "Only the operators of #open may do this. Send: /room",
    );
    expect(() => hub.call(ada, "kick #lobby eve")).toThrow("Only the operators of #lobby");
    expect(hub.call(ada, "room #dev").text).toContain("Owner: ada.");
    expect(hub.call(ada, "room #lobby").text).toContain("Owner: nobody");
  });

  it("the owner gives and takes rights; an operator of the hub has them everywhere", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const eve = setup.enter("eve");
    hub.call(eve, "join dev");
    const root = setup.enter("root", { roles: ["operator"] });
    expect(() => hub.call(bob, "op eve")).toThrow(
      "Only the owner of #dev, and operators of the hub, may do this.",
    );
    hub.call(ada, "op #dev bob");
    expect(() => hub.call(ada, "op bob")).toThrow("bob has the rights of an operator in #dev already.");
    expect(hub.call(ada, "who").text).toBe("#dev, 3 here: ada (owner), bob (op), eve");
    expect(() => hub.call(bob, "op eve")).toThrow("Only the owner");
    expect(() => hub.call(bob, "kick ada")).toThrow("ada has as many rights here as you.");
    hub.call(bob, "kick eve noise");
    expect(ada.heard).toContain("* eve was kicked by bob: noise");
    expect(eve.heard.at(-1)).toBe("* You were put out of #dev: kicked by bob: noise");
    hub.call(ada, "deop Bob");
    expect(() => hub.call(bob, "mute eve")).toThrow("Only the operators");
    expect(() => hub.call(ada, "deop bob")).toThrow("bob is no operator of #dev");
    hub.call(root, "kick #dev ada");
    expect(hub.roomsOf(ada)).toEqual(["lobby"]);
    expect(() => hub.call(ada, "kick #lobby root")).toThrow("Only the operators of #lobby");
  });

  it("an operator is who the name belongs to, not who once spoke under it", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(bob, "say as bob");
    hub.call(bob, "nick robert");
    hub.call(bob, "offline");
    const next = setup.enter("next");
    hub.call(next, "nick bob");
    hub.call(next, "offline");
    expect(() => hub.call(ada, "op nobody")).toThrow("nobody has no name of its own");
    hub.call(ada, "op bob");
    hub.call(bob, "online robert");
    expect(hub.call(bob, "join dev").data).not.toHaveProperty("role");
    hub.call(next, "online bob");
    expect(hub.call(next, "join dev").data).toMatchObject({ role: "op" });
  });

  it("guests cannot be made operators, since anybody could come under their name", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    hub.call(setup.guest("eve"), "join dev");
    expect(() => hub.call(ada, "op eve")).toThrow("~eve has no name of its own");
  });
});

describe("who may speak, and how fast", () => {
  it("the muted hear but neither speak nor change what they said, and read for how long", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(bob, "say before");
    hub.call(ada, "mute bob 10m noise");
    for (const line of ["say x", "me x", "reply x", "edit x", "react 👍"]) {
      expect(() => hub.call(bob, line)).toThrow("You are muted in #dev for 10 min more (by ada: noise).");
    }
    expect(() => hub.call(bob, "delete ^1 read this")).toThrow("You are muted");
    hub.call(bob, "delete ^1");
    hub.call(ada, "say you hear me");
    expect(bob.heard.at(-1)).toBe("ada: you hear me");
    hub.call(bob, "say #lobby elsewhere I may");
    hub.call(ada, "unmute bob");
    hub.call(bob, "say after");
    expect(ada.heard.at(-1)).toBe("bob: after");
  });

  it("the muted write to the room neither by topic nor by nickname nor by why they are away", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "mute bob");
    ada.heard.length = 0;
    for (const line of ["topic x", "topic -", "nick robert", "online robert"])
      expect(() => hub.call(bob, line), line).toThrow("You are muted in #dev (by ada).");
    expect(hub.call(bob, "topic").text, "it may read").toBe("#dev has no topic.");
    hub.call(bob, "away read this");
    expect(hub.call(ada, "who").text).not.toContain("read this");
    hub.call(bob, "away");
    expect(ada.heard).toEqual([
      "* bob is away (read this)",
      "* bob is away",
      "* bob is back",
      "* bob is back",
    ]);
    expect(ada.messages.filter(({ room }) => room === "dev").at(-2)?.text).toBe("bob is away");
    hub.call(ada, "unmute bob");
    hub.call(ada, "room speak ops");
    hub.call(bob, "away read this");
    expect(ada.heard.at(-1)).toBe("* bob is away");
  });

  it("rooms where only operators, or no guests, speak and set the topic", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const eve = setup.guest("eve");
    hub.call(eve, "join dev");
    expect(() => hub.call(bob, "room speak ops")).toThrow("Only the operators of #dev");
    hub.call(ada, "room speak named");
    expect(ada.heard.at(-1)).toBe(
      "* ada changed the rules: everyone may enter, named may speak, everyone may set the topic.",
    );
    hub.call(bob, "say fine");
    expect(() => hub.call(eve, "say x")).toThrow("In #dev only people with a nickname of their own");
    hub.call(ada, "room speak ops");
    expect(() => hub.call(bob, "say x")).toThrow("In #dev only its operators may speak.");
    hub.call(ada, "room topic ops");
    expect(() => hub.call(bob, "topic mine")).toThrow("In #dev only its operators may set the topic.");
    hub.call(ada, "topic ours");
    expect(() => hub.call(ada, "room colour red")).toThrow("The rules are: invite-only");
    expect(() => hub.call(ada, "room slow 2h")).toThrow("The rules are:");
  });

  it("slow mode says the pace and when the next message may come; operators are not slowed", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "room slow 30s");
    hub.call(bob, "say one");
    vi.advanceTimersByTime(18_000);
    expect(() => hub.call(bob, "say two")).toThrow(
      "#dev is slow: one message every 30 s. Yours may come in 12 s.",
    );
    hub.call(bob, "edit one and a half");
    expect(() => hub.call(bob, "edit one and three quarters")).toThrow(
      "#dev is slow: one edit every 30 s. Yours may come in 30 s.",
    );
    hub.call(bob, "react ^1 👍");
    hub.call(bob, "say #lobby this is another room");
    vi.advanceTimersByTime(12_000);
    hub.call(bob, "say two");
    vi.advanceTimersByTime(18_000);
    hub.call(bob, "edit three");
    hub.call(ada, "say a");
    hub.call(ada, "say b");
    hub.call(ada, "room slow off");
    hub.call(bob, "say three");
  });

  it("flood control says what limit was reached and when to go on; exempt networks and hub operators know none", async () => {
    stopClock();
    await using setup = await setUp({ flood: { messages: 10, window: "10s" } });
    const { hub } = setup;
    const away = { address: "192.0.2.7:4000" };
    const bob = setup.enter("bob", away);
    for (let number = 0; number < 10; number++) hub.call(bob, `say ${number}`);
    expect(() => hub.call(bob, "say more")).toThrow(
      "You said 10 messages within 10 s, as many as one may. Wait 1 s, then say it again.",
    );
    vi.advanceTimersByTime(1000);
    hub.call(bob, "say more");
    expect(() => hub.call(bob, "me waves")).toThrow("Wait 1 s");
    const here = setup.enter("here");
    const root = setup.enter("root", { ...away, roles: ["operator"] });
    for (let number = 0; number < 30; number++) for (const peer of [here, root]) hub.call(peer, "say x");
  });
});

describe("rooms for the invited", () => {
  it("only the invited enter, see the room in the list, and who is inside", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const eve = setup.enter("eve");
    hub.call(ada, "room invite-only on");
    expect(() => hub.call(eve, "join dev")).toThrow(
      "#dev is for those who are invited. Ask somebody inside to send: /invite eve",
    );
    expect(hub.call(eve, "rooms").text).toBe("#lobby 3");
    expect(() => hub.call(eve, "who dev")).toThrow("#dev is for those who are invited.");
    expect(() => hub.call(eve, "room #dev")).toThrow("#dev is for those who are invited.");
    expect(() => hub.call(bob, "invite eve")).toThrow("In #dev only its operators may invite.");
    expect(hub.call(ada, "invite eve").text).toBe("eve is invited to #dev.");
    expect(eve.heard.at(-1)).toBe("* ada invites you to #dev. Send: /join dev");
    hub.call(eve, "join dev");
    hub.call(bob, "part dev");
    expect(hub.call(bob, "join dev").data, "who was inside may come back").toMatchObject({ room: "dev" });
    hub.call(ada, "ban eve");
    hub.call(ada, "unban eve");
    expect(() => hub.call(eve, "join dev"), "a ban takes the invitation back").toThrow("is for those");
    hub.call(ada, "room invite everyone");
    hub.call(bob, "invite eve");
    hub.call(eve, "join dev");
    hub.call(ada, "room invite-only off");
    expect(hub.call(eve, "rooms").text).toBe("#dev 3\n#lobby 3");
  });

  it("an invitation into an open room is no more than a word", async () => {
    await using setup = await setUp();
    const { hub, plugin } = setup;
    const { bob } = makeRoom(setup);
    const eve = setup.guest("eve");
    hub.call(bob, "invite eve");
    expect(eve.heard.at(-1)).toBe("* bob invites you to #dev. Send: /join dev");
    expect(() => hub.call(eve, "invite #dev bob")).toThrow("You are not in #dev.");
    expect(() => hub.call(bob, "invite ada")).toThrow("ada is in #dev already.");
    expect(plugin.database.prepare("SELECT * FROM invites").all()).toEqual([]);
  });
});
