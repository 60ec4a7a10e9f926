import timers from "node:timers";
import { setInterval as every, setTimeout as sleep, scheduler } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { command, definePlugin } from "../../src/index.ts";
import { createTestHub, type TestHub } from "../../src/testing/index.ts";

/** Runs code as a plugin's command, in the time of a test. */
async function inPlugin(code: (say: (text: string) => void, signal: AbortSignal) => void | Promise<void>) {
  const said: string[] = [];
  const startMs = Date.parse("2026-01-01T00:00:00Z");
  const say = (text: string) => void said.push(`${(Date.now() - startMs) / 1000} ${text}`);
  const plugin = definePlugin({
    name: "timed",
    api: 1,
    setup: () => ({
      commands: {
        go: command({
          summary: "",
          timeoutMs: 86_400_000,
          run: ({ signal }) => code(say, signal) as Promise<void>,
        }),
      },
    }),
  });
  const hub: TestHub = await createTestHub(plugin);
  const call = hub.as("ada").send("/go");
  return { hub, said, call, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

test("every timer of Node keeps the time of the test", async () => {
  await using run = await inPlugin(async (say, signal) => {
    setTimeout((word: string) => say(word), 2000, "global");
    timers.setTimeout(() => say("node:timers"), 3000);
    void promisify(setTimeout)(4000).then(() => say("promisified"));
    void scheduler.wait(5000).then(() => say("scheduler"));
    AbortSignal.timeout(6000).addEventListener("abort", () => say("AbortSignal"));
    const interval = setInterval(() => say("interval"), 3500);
    clearTimeout(setTimeout(() => say("never"), 1));
    const late = setTimeout(() => say("refreshed"), 6500);
    await sleep(1000);
    say(new Date().toISOString());
    late.refresh();
    await sleep(6200);
    clearInterval(interval);
    let rounds = 0;
    for await (const _ of every(1000, undefined, { signal })) {
      say(`round ${++rounds}`);
      if (rounds === 2) break;
    }
    const before = performance.now();
    await sleep(500);
    say(String(performance.now() - before));
  });
  await run.hub.advance(60_000);
  expect(run.said).toEqual([
    "1 2026-01-01T00:00:01.000Z",
    "2 global",
    "3 node:timers",
    "3.5 interval",
    "4 promisified",
    "5 scheduler",
    "6 AbortSignal",
    "7 interval",
    "7.5 refreshed",
    "8.2 round 1",
    "9.2 round 2",
    "9.7 500",
  ]);
  await run.call;
});

test("time stands still for the plugin, and goes on for everybody else", async () => {
  await using run = await inPlugin(async (say) => {
    await sleep(10);
    say("woken");
  });
  const startedMs = Date.now();
  await sleep(20);
  expect(Date.now()).toBeGreaterThan(startedMs);
  expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(10_000);
  expect(run.said).toEqual([]);
  await run.hub.advance(9);
  expect(run.said).toEqual([]);
  await run.hub.advance(1);
  expect(run.said).toEqual(["0.01 woken"]);
});

test("two hubs keep two times", async () => {
  await using slow = await inPlugin(async (say) => (await sleep(1000), say("slow")));
  await using fast = await inPlugin(async (say) => (await sleep(1000), say("fast")));
  await fast.hub.advance(1000);
  expect([slow.said, fast.said]).toEqual([[], ["1 fast"]]);
});

test("a sleep that is aborted rejects as Node's does", async () => {
  await using run = await inPlugin(async (say) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort("enough"), 100);
    await sleep(5000, undefined, { signal: stop.signal }).catch((error: Error & { code: string }) =>
      say(`${error.name} ${error.code} ${String(error.cause)}`),
    );
    await sleep(5000, undefined, { signal: stop.signal }).catch((error: Error) => say(error.name));
  });
  await run.hub.advance(100);
  expect(run.said).toEqual(["0.1 AbortError ABORT_ERR enough", "0.1 AbortError"]);
});

test("time does not run backwards", async () => {
  await using run = await inPlugin(() => {});
  await expect(run.hub.advance(-1)).rejects.toThrow(RangeError);
});
