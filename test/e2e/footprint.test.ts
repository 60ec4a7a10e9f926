import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, startHub } from "./hub-process.ts";
import { openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let hub: HubProcess;
beforeAll(async () => {
  hub = await startHub({ withDictionaries: true, config: "", listen: ["udp://127.0.0.1:0=dict"] });
});
afterAll(() => hub?.[Symbol.asyncDispose]());

/** Clock ticks (10 ms) of the processor that a process and its threads have used. */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function residentMiB(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

test("5,000 look-ups with both dictionaries leave less than 150 MB in memory", async () => {
  const { pid } = hub.process;
  await using peer = await openUdpPeer(hub.port("udp", "dict"));
  for (let asked = 0; asked < 5000;) {
    const before = peer.received.length;
    const batch = 50;
    for (let index = 0; index < batch; index++, asked++) peer.send(pseudoWord(asked));
    await until(`${batch} answers`, () => peer.received.length >= before + batch);
  }
  expect(peer.received.length).toBeGreaterThanOrEqual(5000);
  expect(residentMiB(pid)).toBeLessThan(150);
});

test("an idle hub uses no processor", async () => {
  const { pid } = hub.process;
  // What start-up and the look-ups left to do is done when a second passes without a tick.
  for (let before = -1; before !== processorTicks(pid); await wait(500)) before = processorTicks(pid);
  const before = processorTicks(pid);
  await wait(2000);
  expect(processorTicks(pid) - before).toBeLessThanOrEqual(2);
});

/** Known and unknown words, both directions; the same in every run. */
function pseudoWord(index: number): string {
  const syllables = ["ap", "ple", "wa", "ter", "con", "struct", "ing", "re", "mem", "ber", "ly", "s"];
  const pick = (seed: number) => syllables[(Math.imul(seed, 2654435761) >>> 8) % syllables.length] ?? "";
  if (index % 5 === 0) return String.fromCodePoint(0x4e00 + ((index * 37) % 5000));
  return pick(index) + pick(index + 7) + (index % 3 === 0 ? pick(index + 11) : "");
}
