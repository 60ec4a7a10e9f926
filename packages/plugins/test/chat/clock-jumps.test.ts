import { describe, expect, it, vi } from "vitest";
import { stopClock } from "./clock.ts";
import { historyOf, makeRoom, setUp } from "./people.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Somebody sets the machine's clock; the process' own goes on as before. */
function setClock(byMs: number): void {
  vi.setSystemTime(Date.now() + byMs);
}

describe.each([
  { set: "forth", byMs: 100 * hourMs },
  { set: "back", byMs: -100 * hourMs },
])("when the clock is set $set by hours", ({ byMs }) => {
  it("a ban and a mute last as long as they were given for", async () => {
    stopClock();
    await using setup = await setUp();
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    const eve = setup.enter("eve");
    hub.call(eve, "join dev");
    hub.call(ada, "ban bob 1h spamming");
    hub.call(ada, "mute eve 1h");
    setClock(byMs);
    expect(() => hub.call(bob, "join dev")).toThrow("for 1 h more");
    expect(() => hub.call(eve, "say hello")).toThrow("for 1 h more");
    expect(hub.call(ada, "bans").text.split("\n")).toHaveLength(2);
    vi.advanceTimersByTime(hourMs + 1000);
    expect(hub.call(bob, "join dev").data).toMatchObject({ room: "dev" });
    hub.call(eve, "say hello");
    expect(hub.call(ada, "bans").text).toBe("Nobody is banned or muted in #dev.");
  });

  it("slow mode and flood control count the time that passes", async () => {
    stopClock();
    await using setup = await setUp({ flood: { messages: 3, window: "1m", exempt: [] } });
    const { hub } = setup;
    const { ada, bob } = makeRoom(setup);
    hub.call(ada, "room slow 30s");
    hub.call(bob, "say one");
    setClock(byMs);
    expect(() => hub.call(bob, "say two")).toThrow("Yours may come in 30 s.");
    hub.call(ada, "room slow off");
    hub.call(bob, "say two");
    hub.call(bob, "say three");
    setClock(byMs);
    expect(() => hub.call(bob, "say four")).toThrow("Wait 20 s");
    vi.advanceTimersByTime(20_000);
    hub.call(bob, "say four");
  });

  it("no message goes too soon, and each goes when it is old", async () => {
    stopClock();
    await using setup = await setUp({ keep_for: "30d" });
    const { hub, plugin } = setup;
    const ada = setup.enter("ada");
    const bob = setup.enter("bob");
    hub.call(bob, "offline");
    hub.call(ada, "msg bob see you");
    hub.call(ada, "say before");
    setClock(10 * byMs);
    hub.call(ada, "say after");
    // Loading it looks for what is old.
    await using again = await hub.load(plugin.directory, { keep_for: "30d" });
    expect(historyOf(hub, ada)).toBe("ada: before\nada: after");
    hub.call(ada, "msg bob once more");
    hub.call(bob, "online bob");
    expect(hub.call(bob, "inbox").text.split("\n")).toHaveLength(2);
    vi.advanceTimersByTime(31 * dayMs + 10 * Math.abs(byMs));
    await using last = await hub.load(plugin.directory, { keep_for: "30d" });
    expect(last.database.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({ count: 0 });
    void again;
  });

  it("messages keep the order in which they were said", async () => {
    stopClock();
    await using setup = await setUp();
    const ada = setup.enter("ada");
    setup.hub.call(ada, "say one");
    setClock(byMs);
    const { data } = setup.hub.call(ada, "say two");
    expect(data).toMatchObject({ seq: 2, at: Date.now() });
    setClock(-byMs);
    setup.hub.call(ada, "say three");
    expect(historyOf(setup.hub, ada)).toBe("ada: one\nada: two\nada: three");
    expect(ada.messages.map(({ seq }) => seq).filter((seq) => seq > 0)).toEqual([1, 2, 3]);
  });
});
