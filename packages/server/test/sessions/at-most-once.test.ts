import { randomBytes } from "node:crypto";
import { command } from "@palaver/plugin-api";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub, type VirtualClient } from "./virtual-hub.ts";

const RUNS = Number(process.env["PALAVER_RUNS"] ?? 40);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Schedule {
  seed: number;
  loss: number;
  duplicate: number;
  delayMs: number;
  jitterMs: number;
  steps: {
    afterMs: number;
    client: number;
    act: "ask" | "reset" | "vanish" | "close" | "rebind" | "restart";
    id: number;
  }[];
}

const IDS = 6;

const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  delayMs: fc.integer({ min: 0, max: 150 }),
  jitterMs: fc.integer({ min: 0, max: 100 }),
  steps: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
      client: fc.integer({ min: 0, max: 2 }),
      act: fc.constantFrom(
        "ask",
        "ask",
        "ask",
        "ask",
        "ask",
        "ask",
        "reset",
        "vanish",
        "close",
        "rebind",
        "restart",
      ),
      id: fc.integer({ min: 0, max: IDS - 1 }),
    }),
    { minLength: 5, maxLength: 40 },
  ),
});

test("property 2: a request's handler runs at most once per id, over retries, resets, reconnects and the hub's restarts", async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async ({ seed, steps, ...conditions }) => {
      vi.clearAllTimers();
      let lives = 1;
      const runs = new Map<string, number>();
      // What changes something runs once over all the hub's lives, anything else once in each.
      const ran = (kind: string, id: string | undefined) => {
        const name = kind === "change" ? `${kind} ${id}` : `${kind} ${id} in life ${lives}`;
        runs.set(name, (runs.get(name) ?? 0) + 1);
        return `${name}, run ${runs.get(name)}`;
      };
      const hub = createVirtualHub(seed, {
        quick: command({ summary: "At once", run: ({ id }) => ran("quick", id) }),
        slow: command({
          summary: "Takes its time",
          async *run({ id }) {
            yield ran("slow", id);
            await new Promise((resolve) => setTimeout(resolve, 2000));
            yield "done";
          },
        }),
        change: command({ summary: "Changes something", changes: true, run: ({ id }) => ran("change", id) }),
      });
      Object.assign(hub.link, conditions);
      const identity = randomBytes(32);
      const ids = Array.from({ length: IDS }, () => randomBytes(16));
      const kinds = ["quick", "slow", "change"];
      const connect = () => createVirtualClient(hub, identity);
      const clients: VirtualClient[] = [connect(), connect(), connect()];
      const all = [...clients];
      const last = new Map<VirtualClient, number>();
      const reconnect = (index: number) => {
        clients[index] = connect();
        all.push(clients[index]);
      };
      for (const { afterMs, client: index, act, id } of steps) {
        await vi.advanceTimersByTimeAsync(afterMs);
        const client = clients[index] as VirtualClient;
        if (act === "ask") {
          const stream = client.request(kinds[id % kinds.length] ?? "", ids[id] as Uint8Array);
          if (stream !== undefined) last.set(client, stream);
        } else if (act === "reset") {
          const stream = last.get(client);
          if (stream !== undefined) client.reset(stream);
        } else if (act === "rebind") {
          client.rebind();
        } else if (act === "restart") {
          hub.restart();
          lives++;
          for (const one of clients) one.vanish();
          for (let one = 0; one < clients.length; one++) reconnect(one);
        } else {
          client[act]();
          reconnect(index);
        }
      }
      Object.assign(hub.link, { loss: 0, duplicate: 0 });
      // Whoever asks now, while the cache lives, gets the answer of the one run or learns that there is none.
      const late = connect();
      const asked = ids.map((id, index) => late.request(kinds[index % kinds.length] ?? "", id));
      await vi.advanceTimersByTimeAsync(30_000);
      expect([...runs].filter(([, count]) => count > 1)).toEqual([]);
      for (const stream of asked) expect(late.replies.get(stream as number)?.at(-1)?.type).toBe("end");
      // Every answer that anybody has read is that of the first and only run.
      const texts = all
        .flatMap(({ replies }) => [...replies.values()].flat())
        .filter(({ type }) => type === "text");
      for (const reply of texts)
        expect(reply).toMatchObject({ text: expect.stringMatching(/run 1$|^done$/) as string });
      for (const client of [...clients, late]) client.vanish();
    }),
    { numRuns: RUNS },
  );
});
