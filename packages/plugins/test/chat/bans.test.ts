import { describe, expect, it, vi } from "vitest";
import { stopClock } from "./clock.ts";
import { createFakeHub } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { makeRoom, setUp } from "./people.ts";

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
    expect(hub.call(ada, "unban Bob").text, "as it was called then").toBe(
      "bob is not banned in #dev any more.",
    );
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

  it("+network keeps out who comes back with another key, and is no more than a ban of its key for who is offline", async () => {
    await using setup = await setUp();
    const { hub } = setup;
    const { ada } = makeRoom(setup);
    const troll = setup.enter("troll", { address: "192.0.2.7:4000" });
    hub.call(troll, "join dev");
    expect(hub.call(ada, "ban troll +network 1h spam").text).toBe(
      "troll is banned in #dev with its network for 1 h.",
    );
    expect(ada.heard.at(-1)).toBe("* troll was banned with its network for 1 h by ada: spam");
    expect(() => hub.call(troll, "join dev")).toThrow("You are banned from #dev for");
    const again = setup.enter("troll2", { address: "192.0.2.7:4001" });
    expect(() => hub.call(again, "join dev")).toThrow(
      "Newcomers from your address, unless invited, are banned",
    );
    expect(() => hub.call(setup.guest("x", "192.0.2.7:9"), "join dev")).toThrow("Guests from your address");
    hub.call(ada, "unban troll");
    for (const peer of [troll, again]) hub.call(peer, "join dev");
    hub.call(again, "offline");
    expect(() => hub.call(ada, "ban troll2 +network")).toThrow("troll2 is offline, so the hub does not know");
    hub.call(ada, "ban troll2 +networked");
    expect(hub.call(ada, "bans").text).toBe("ban troll2 (by ada: +networked).");
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
