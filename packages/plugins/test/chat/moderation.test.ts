import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createFakeHub } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { makeRoom, setUp } from "./people.ts";

/** Only the clock of dates stands still; nothing here waits for timers. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-20T12:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
}

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

describe("bans", () => {
  it("a ban puts out and keeps out until it expires, and says why and for how long", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    expect(hub.call(ada, "ban bob 1h spamming").text).toBe("bob is banned in #dev for 1 h.");
    expect(ada.heard.at(-1)).toBe("* bob was banned for 1 h by ada: spamming");
    expect(() => hub.call(bob, "join dev")).toThrow(
      "You are banned from #dev for 1 h more (by ada: spamming).",
    );
    hub.call(bob, "nick robert");
    vi.advanceTimersByTime(59 * 60_000);
    expect(() => hub.call(bob, "join dev")).toThrow("for 1 min more");
    expect(hub.call(ada, "bans").text).toBe("ban bob for 1 min more (by ada: spamming).");
    vi.advanceTimersByTime(61_000);
    expect(hub.call(bob, "join dev").data).toMatchObject({ room: "dev" });
    expect(hub.call(ada, "bans").text).toBe("Nobody is banned or muted in #dev.");
  });

  it("a ban follows the key, and unban takes the name it was given under", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "ban bob");
    hub.call(bob, "nick robert");
    const other = hub.peer("bob's laptop", { key: "key-bob", address: "198.51.100.9:1" });
    hub.call(other, "online rob");
    expect(() => hub.call(other, "join dev")).toThrow("You are banned from #dev (by ada).");
    expect(() => hub.call(ada, "unban eve")).toThrow("Nobody of that name");
    hub.call(ada, "unban Bob");
    expect(hub.call(other, "join dev").data).toMatchObject({ room: "dev" });
    expect(() => hub.call(ada, "unban bob")).toThrow("bob is not banned in #dev.");
  });

  it("a guest's ban follows its network, for newcomers with a name too; who spoke here lately is not meant", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    const regular = setup.enter("pat", { address: "192.0.2.7:4004" });
    hub.call(regular, "join dev");
    hub.call(regular, "say hello");
    hub.call(regular, "part dev");
    const eve = setup.guest("eve", "192.0.2.7:4000");
    hub.call(eve, "join dev");
    hub.call(eve, "say hit and run");
    hub.call(eve, "offline");
    hub.call(ada, "ban eve vandal");
    const again = setup.guest("mallory", "192.0.2.7:4001");
    expect(() => hub.call(again, "join dev")).toThrow(
      "Guests from your address are banned from #dev (by ada: vandal).",
    );
    const session = hub.peer("session", { key: "fresh key", address: "192.0.2.7:4002" });
    hub.call(session, "online ~oscar");
    expect(() => hub.call(session, "join dev")).toThrow("Guests from your address");
    const zoe = setup.enter("zoe", { address: "192.0.2.7:4003" });
    expect(() => hub.call(zoe, "join dev")).toThrow(
      "Newcomers from your address, unless invited, are banned from #dev (by ada: vandal).",
    );
    expect(hub.call(regular, "join dev").data).toMatchObject({ room: "dev" });
    hub.call(ada, "invite zoe");
    expect(hub.call(zoe, "join dev").data, "an invitation lets a newcomer in").toMatchObject({ room: "dev" });
    const elsewhere = setup.guest("trudy", "192.0.2.8:4000");
    expect(hub.call(elsewhere, "join dev").data).toMatchObject({ room: "dev" });
    const six = setup.guest("six", "2001:db8:1:2:3::4:99");
    hub.call(six, "join dev");
    hub.call(ada, "ban six");
    expect(() => hub.call(setup.guest("six2", "2001:db8:1:2:ffff::1:99"), "join dev")).toThrow("Guests from");
  });

  it("an invitation of somebody without rights lets nobody past a ban, and one taken back neither", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const eve = setup.guest("eve", "192.0.2.7:4000");
    hub.call(eve, "join dev");
    hub.call(ada, "ban eve");
    const zoe = setup.enter("zoe", { address: "192.0.2.7:4003" });
    hub.call(bob, "invite zoe");
    expect(() => hub.call(zoe, "join dev")).toThrow("Newcomers from your address");
    hub.call(ada, "invite zoe");
    hub.call(ada, "ban zoe");
    hub.call(ada, "unban zoe");
    expect(() => hub.call(zoe, "join dev")).toThrow("Newcomers from your address");
  });

  it("who is banned has no rights in the room meanwhile, be it its owner, and ends nothing of its own", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const root = setup.enter("root", { roles: ["operator"] });
    hub.call(ada, "op bob");
    hub.call(ada, "ban bob 1h");
    for (const line of ["unban #dev bob", "kick #dev ada", "room #dev speak ops", "bans #dev"])
      expect(() => hub.call(bob, line), line).toThrow("You are banned from #dev for");
    hub.call(ada, "unban bob");
    expect(hub.call(bob, "join dev").data).toMatchObject({ role: "op" });
    hub.call(ada, "mute bob");
    expect(() => hub.call(bob, "say x")).toThrow("You are muted in #dev");
    expect(() => hub.call(bob, "unmute bob")).toThrow("What was done to you somebody else has to end.");
    hub.call(root, "ban #dev ada 1h enough");
    expect(() => hub.call(ada, "join dev")).toThrow(
      /^You are banned from #dev for (1 h|60 min) more \(by root: enough\)/,
    );
    expect(() => hub.call(ada, "unban #dev ada")).toThrow("You are banned");
    expect(() => hub.call(ada, "op #dev ada")).toThrow("You are banned");
    hub.call(root, "unban #dev ada");
    hub.call(root, "mute #dev ada");
    hub.call(ada, "join dev");
    expect(() => hub.call(ada, "say x")).toThrow("You are muted in #dev");
  });

  it("a guest who owns the room is not meant by the ban of another one from its network", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const owner = hub.peer("owner", { key: "key-owner" });
    hub.call(owner, "online ~zed");
    hub.call(owner, "join den");
    hub.call(setup.guest("eve"), "join den");
    hub.call(owner, "ban eve");
    hub.call(owner, "part den");
    expect(hub.call(owner, "join den").data).toMatchObject({ role: "owner" });
  });

  it("an invitation lets a guest of a banned network in, until it is banned itself; no mute is escaped by one", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    const [eve, frank] = ["eve", "frank"].map((nick) => setup.guest(nick, "192.0.2.7:4000"));
    hub.call(eve!, "join dev");
    hub.call(ada, "ban eve vandal");
    expect(() => hub.call(frank!, "join dev")).toThrow("Guests from your address are banned");
    hub.call(ada, "invite frank");
    expect(hub.call(frank!, "join dev").data).toMatchObject({ room: "dev" });
    hub.call(ada, "mute frank");
    expect(() => hub.call(frank!, "say x")).toThrow("Guests from your address are muted");
    hub.call(ada, "ban frank");
    expect(() => hub.call(frank!, "join dev")).toThrow("Guests from your address are banned");
  });

  it("a network's ban is not shortened by one for another guest of it, and each replaces its own", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    for (const nick of ["eve", "mallory"]) hub.call(setup.guest(nick, "192.0.2.7:4000"), "join dev");
    hub.call(ada, "ban eve 2h vandal");
    hub.call(ada, "ban mallory 1m noise");
    const bans = () => hub.call(ada, "bans").text;
    expect(bans()).toBe("ban ~eve for 2 h more (by ada: vandal).");
    hub.call(ada, "ban mallory 3h noise");
    expect(bans()).toBe("ban ~mallory for 3 h more (by ada: noise).");
    hub.call(ada, "ban mallory 1m calmer");
    expect(bans()).toBe("ban ~mallory for 1 min more (by ada: calmer).");
  });

  it("owner, operators, bans, mutes and rules outlive the hub", async () => {
    const folder = createFolder();
    {
      const hub = createFakeHub();
      await using _plugin = await hub.load(folder);
      const [ada, bob, eve] = ["ada", "bob", "eve"].map((nick) => {
        const peer = hub.peer(nick, { key: `key-${nick}` });
        hub.call(peer, `online ${nick}`);
        hub.call(peer, "join dev");
        return peer;
      });
      hub.call(ada!, "op eve");
      hub.call(ada!, "ban bob 7d spam");
      hub.call(eve!, "room speak named");
      expect(hub.roomsOf(bob!)).toEqual(["lobby"]);
    }
    const hub = createFakeHub();
    await using _plugin = await hub.load(folder);
    const bob = hub.peer("bob", { key: "key-bob" });
    hub.call(bob, "online bob");
    expect(() => hub.call(bob, "join dev")).toThrow("You are banned from #dev for 7 d more (by ada: spam).");
    const ada = hub.peer("ada", { key: "key-ada" });
    hub.call(ada, "online ada");
    expect(hub.call(ada, "join dev").data).toMatchObject({ role: "owner" });
    expect(hub.call(ada, "room").data).toMatchObject({ owner: "ada", ops: ["eve"], speak: "named" });
  });

  it("no more than 500 bans and mutes are kept in a room; those that expired make place", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub, plugin } = setup;
    const { ada } = makeRoom(setup);
    const fill = plugin.database.prepare(
      "INSERT INTO sanctions VALUES ('dev', 'ban', ?, 'x', 'ada', '', 0, ?)",
    );
    for (let number = 0; number < 500; number++) fill.run(`key:${number}`, Date.now() + 1000);
    expect(() => hub.call(ada, "mute bob")).toThrow("#dev has 500 bans and mutes.");
    plugin.database.exec(
      "UPDATE sanctions SET subject = 'key:key-bob', nick = 'bob' WHERE subject = 'key:7'",
    );
    expect(hub.call(ada, "ban bob 1s longer").text, "one that is there is changed").toBe(
      "bob is banned in #dev for 1 s.",
    );
    vi.advanceTimersByTime(1000);
    expect(hub.call(ada, "mute bob").text).toBe("bob is muted in #dev.");
  });

  it("a reason may begin with a number", async () => {
    await using setup = await setUp();
    const { ada } = makeRoom(setup);
    setup.hub.call(ada, "mute bob 3rd time");
    expect(setup.hub.call(ada, "bans").text).toBe("mute bob (by ada: 3rd time).");
  });

  it.each([
    ["ban bob 0s x", "Give a time from 1s to 3650d"],
    ["ban bob 9999d x", "Give a time from 1s to 3650d"],
    ["ban bob 1.5h noise", "Give a time from 1s to 3650d"],
    ["mute bob 2weeks", "Give a time from 1s to 3650d"],
    ["mute bob 1h30m", "Give a time from 1s to 3650d"],
    ["ban bob 99999999999d", "Give a time from 1s to 3650d"],
    ["op #dev", "Say who"],
    ["op ada", "ada has the rights of an operator in #dev already."],
    ["kick nobody", "Nobody of that name"],
    ["kick #dev", "Say who"],
    [`ban bob 1h ${"x".repeat(201)}`, "The reason has 201 bytes"],
    ["kick bob \u0007\u001b[2J", "The reason is empty."],
  ])("%j is refused", async (line, reason) => {
    await using setup = await setUp();
    const { ada } = makeRoom(setup);
    expect(() => setup.hub.call(ada, line)).toThrow(reason);
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
