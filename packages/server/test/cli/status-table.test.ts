import { expect, it } from "vitest";
import { formatStatus, type StatusReport } from "../../src/cli/status-table.ts";

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
  plugins: ["echo", "dict"],
  received: 6,
  dropped: 7,
  memory: { rss: 100 * 1024 * 1024, heapUsed: 1 },
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
messages   6 received, 7 dropped
memory     100 MiB
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
