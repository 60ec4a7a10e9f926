import { expect, it } from "vitest";
import { formatStatus } from "../../src/cli/status-table.ts";
import type { StatusReport } from "../../src/monitor/report.ts";

function plugin(name: string, changes: Partial<StatusReport["plugins"][number]> = {}) {
  return {
    name,
    state: "on" as const,
    reason: undefined,
    isolation: "none" as const,
    needs: [],
    calls: 2,
    p50Ms: 0.25,
    p99Ms: 3,
    faults: 0,
    lastFaultAt: undefined,
    lastFault: undefined,
    ...changes,
  };
}

const report: StatusReport = {
  pid: 4711,
  version: "1.2.3",
  uptimeSeconds: 0,
  listeners: [
    { url: "udp://0.0.0.0:6666", mount: undefined },
    { url: "udp://127.0.0.1:6667", mount: "dict" },
  ],
  connections: 1,
  textPeers: 2,
  sessions: 3,
  usersOnline: 4,
  rooms: 5,
  plugins: [plugin("echo"), plugin("dict")],
  received: 6,
  dropped: 7,
  unsent: 8,
  traffic: {
    packetsIn: 900,
    packetsOut: 1000,
    bytesIn: 1,
    bytesOut: 2,
    lossRate: 0.0123,
    rttMs: 12,
    handshakes: 3,
    strays: 0,
  },
  loop: { utilization: 0.041, p50Ms: 0.16, p99Ms: 3, maxMs: 11.04 },
  kernelDrops: 9,
  diskFree: undefined,
  memory: { rss: 100 * 1024 * 1024, heapUsed: 1 },
  memoryGuard: {
    limit: 1024 ** 3,
    isShort: true,
    refused: 5,
    shed: { guest: 3, unconfirmed: 0, idle: 1 },
  },
};

it("a status is a table for people", () => {
  expect(formatStatus(report, "/data")).toBe(`\
palaverd   1.2.3
pid        4711
uptime     0 s
data       /data
listening  udp://0.0.0.0:6666
           udp://127.0.0.1:6667 dict
plugins    echo, dict
users      4 online
rooms      5
peers      2 text, 3 sessions, 1 TCP connections
messages   6 received, 7 dropped, 8 unsent
loss       1.2 % of 1000 packets to sessions, 9 datagrams in the kernel
loop       0.2 ms, 99 % below 3 ms, at most 11 ms; 4 % busy
memory     100 MiB of 1.0 GiB, short: nobody new is let in; put out 3 guests, 1 idle
`);
});

it("what a system does not tell is left out, and what it does is not", () => {
  const text = formatStatus({ ...report, kernelDrops: undefined, diskFree: 5 * 1024 ** 3 }, "/data");
  expect(text).toContain("loss       1.2 % of 1000 packets to sessions\n");
  expect(text).toContain("disk       5.0 GiB free\n");
});

it("a plugin with faults, and one that is off, has a line of its own", () => {
  const dice = plugin("dice", { faults: 1, lastFault: "Error: no dice (in a call)", isolation: "worker" });
  const poll = plugin("poll", { state: "off", reason: "5 faults within a minute, the last: x", faults: 5 });
  expect(formatStatus({ ...report, plugins: [plugin("echo"), dice, poll] }, "/data")).toContain(`\
plugins    echo, dice, poll (off)
           dice  on  worker  2 calls  p50 0.25 ms  p99 3 ms  1 fault, the last: Error: no dice (in a call)
           poll  off: 5 faults within a minute, the last: x  2 calls  p50 0.25 ms  p99 3 ms  5 faults
`);
});

it.each([
  [59, "59 s"],
  [60, "1 min"],
  [3599, "59 min"],
  [7500, "2 h 5 min"],
  [86_400 * 4 + 7200, "4 d 2 h"],
])("%i seconds are %s", (uptimeSeconds, text) => {
  expect(formatStatus({ ...report, uptimeSeconds }, "/data")).toContain(`uptime     ${text}\n`);
});
