import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { command, definePlugin, Refusal } from "../../src/index.ts";
import { createTestHub } from "../../src/testing/index.ts";

const remind = definePlugin({
  name: "remind",
  api: 1,
  needs: ["storage"],
  config: z.strictObject({ max_minutes: z.number().default(60) }),
  setup({ config, storage }) {
    const database = storage.database("notes.db");
    database.exec("CREATE TABLE IF NOT EXISTS notes (at INTEGER, text TEXT) STRICT");
    const put = database.prepare("INSERT INTO notes VALUES (?, ?)");
    const all = database.prepare("SELECT text FROM notes ORDER BY at");
    return {
      commands: {
        remind: command({
          summary: "Reply later",
          args: { minutes: z.coerce.number().min(0), text: z.string() },
          roles: ["member"],
          rate: { limit: 3, windowMs: 60_000 },
          timeoutMs: 3_700_000,
          async *run({ args, signal }) {
            const minutes = Math.min(args.minutes, config.max_minutes);
            yield `ok, in ${minutes} min`;
            await sleep(minutes * 60_000, undefined, { signal });
            put.run(Date.now(), args.text);
            yield { text: `reminder: ${args.text}`, data: { at: Date.now() } };
          },
        }),
        notes: command({
          summary: "All reminders",
          run: () =>
            all
              .all()
              .map((row) => String(row["text"]))
              .join(","),
        }),
      },
    };
  },
});

describe("calls", () => {
  test("a call streams as time goes on, and none of it is waited for", async () => {
    await using hub = await createTestHub(remind, { now: "2026-11-21T12:00:00Z" });
    const call = hub.as("ada", "member").send("/remind 10 stand   up");
    expect(await call.next()).toBe("ok, in 10 min");
    await hub.advance(9 * 60_000);
    expect(call.isOver).toBe(false);
    await hub.advance(60_000);
    expect(await call.next()).toBe("reminder: stand   up");
    expect(await call.next()).toBeUndefined();
    expect(await call).toEqual(["ok, in 10 min", "reminder: stand   up"]);
    expect(call.replies[1]).toMatchObject({ data: { at: Date.parse("2026-11-21T12:10:00Z") } });
    expect(hub.now).toBe(Date.parse("2026-11-21T12:10:00Z"));
  });

  test("role, rate and arguments are refused with the hub's words", async () => {
    await using hub = await createTestHub(remind);
    expect(await hub.as("bob").send("remind 0 x")).toEqual(["remind needs the role member."]);
    const ada = hub.as("ada", "member");
    expect(await ada.send("/remind soon x")).toEqual([
      expect.stringMatching(/^minutes: .* Usage: remind <minutes> <text…>$/),
    ]);
    const refused = ada.run("remind");
    await refused;
    expect(refused.refusal).toMatchObject({ code: "INVALID" });
    await ada.send("/remind soon");
    expect(await ada.send("/remind 0 x")).toEqual(["remind was called too often; wait a little."]);
    await hub.advance(60_000);
    expect(ada.send("/remind 1 x").texts).toEqual([]);
    expect(await ada.send("/remnid 1 x")).toEqual(["There is no command remnid. Send: /help"]);
  });

  test("a call ends at its time limit, by cancelling, and when its caller leaves", async () => {
    const aborted: unknown[] = [];
    const stuck = definePlugin({
      name: "stuck",
      api: 1,
      setup: () => ({
        commands: {
          wait: command({
            summary: "Never answer",
            run: ({ signal }) => {
              signal.addEventListener("abort", () => aborted.push(signal.reason));
              return new Promise<string>(() => {});
            },
          }),
        },
      }),
    });
    await using hub = await createTestHub(stuck);
    const ada = hub.as("ada");
    const first = ada.send("/wait");
    await hub.advance(30_000);
    expect(await first).toEqual(["No answer within 30 s; the call was ended."]);
    const second = ada.send("/wait");
    second.cancel();
    expect(await second).toEqual(["The call was ended."]);
    const third = ada.send("/wait");
    ada.leave();
    expect(await third).toEqual(["The call was ended."]);
    expect(aborted).toHaveLength(3);
  });
});

describe("faults", () => {
  const broken = definePlugin({
    name: "broken",
    api: 1,
    needs: ["users"],
    setup: ({ users }) => ({
      commands: {
        throws: command({
          summary: "",
          run() {
            throw new Error("oops");
          },
        }),
        refuses: command({
          summary: "",
          run() {
            throw new Refusal("No.", "BUSY");
          },
        }),
        rubbish: command({ summary: "", run: () => 7 as unknown as string }),
        floods: command({
          summary: "",
          async *run() {
            for (;;) yield "again";
          },
        }),
        later: command({
          summary: "",
          run() {
            setTimeout(() => {
              throw new Error("too late");
            }, 1000);
          },
        }),
      },
      on: {
        "user:offline": async ({ user }) => {
          users.find(user.nick ?? "");
          throw new Error("not gone");
        },
      },
    }),
  });

  test.for([
    ["throws", /^broken failed in \/throws: oops$/],
    ["rubbish", /^broken failed in \/rubbish: a handler replied with number/],
    ["floods", /^broken failed in \/floods: it replied 10000 times/],
  ] as const)("in a call is thrown to who awaits it: %s", async ([name, message]) => {
    await using hub = await createTestHub(broken);
    await expect(hub.as("ada").send(`/${name}`)).rejects.toThrow(message);
  });

  test("a refusal is no fault", async () => {
    await using hub = await createTestHub(broken);
    const call = hub.as("ada").send("/refuses");
    expect(await call).toEqual(["No."]);
    expect(call.refusal).toMatchObject({ code: "BUSY" });
  });

  test("in a timer is thrown to who moves time on", async () => {
    await using hub = await createTestHub(broken);
    await hub.as("ada").send("/later");
    await expect(hub.advance(1000)).rejects.toThrow("broken failed in a timer: too late");
  });

  test("that nobody awaited is thrown by the end of the hub", async () => {
    const run = async () => {
      await using hub = await createTestHub(broken);
      hub.as("ada").send("/throws");
    };
    await expect(run()).rejects.toThrow("oops");
    const leave = async () => {
      await using hub = await createTestHub(broken);
      hub.as("ada").leave();
    };
    await expect(leave()).rejects.toThrow("broken failed in user:offline: not gone");
  });

  test("in the set-up ends it", async () => {
    const setup = () => Promise.reject(new Error("no disk"));
    await expect(createTestHub(definePlugin({ name: "x", api: 1, setup }))).rejects.toThrow(
      "x failed in setup: no disk",
    );
  });
});

describe("settings", () => {
  test("are checked as the hub checks them", async () => {
    await expect(createTestHub(remind, { config: { max_minutes: "x" } })).rejects.toThrow(
      /^the settings of remind are refused: max_minutes: /,
    );
    await expect(createTestHub(remind, { config: { minutes: 1 } })).rejects.toThrow(/refused: .*minutes/);
    const bare = definePlugin({ name: "bare", api: 1, setup: () => ({}) });
    await expect(createTestHub(bare, { config: { a: 1 } })).rejects.toThrow("bare has no settings; remove a");
  });

  test("what is no plugin is refused", async () => {
    const setup = () => ({});
    await expect(createTestHub({ name: "My Plugin", api: 1, setup })).rejects.toThrow(/no name for a plugin/);
    await expect(createTestHub({ name: "x", api: 2 as 1, setup })).rejects.toThrow(/interface 2/);
    await expect(createTestHub({} as never)).rejects.toThrow(/definePlugin/);
  });
});

describe("storage", () => {
  test.for([undefined, "real"] as const)("outlives a reload, %s", async (storage) => {
    await using hub = await createTestHub(remind, storage ? { capabilities: { storage } } : {});
    const ada = hub.as("ada", "member");
    const call = ada.send("/remind 1 tea");
    const under = ada.send("/remind 50 lost");
    await hub.advance(60_000);
    await call;
    await hub.reload();
    expect(await under).toEqual(["ok, in 50 min", "The call was ended."]);
    expect(await ada.send("/notes")).toEqual(["tea"]);
  });
});

test("what a hub would refuse is refused here, with the hub's words", async () => {
  const typo = definePlugin({
    name: "typo",
    api: 1,
    setup: () => ({ on: { "user:onlin": () => {} } }) as object,
  });
  await expect(createTestHub(typo)).rejects.toThrow('typo failed in setup: there is no event "user:onlin"');
});
