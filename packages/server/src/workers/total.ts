import type { HubStatus } from "../hub.ts";
import type { LoopReport } from "../monitor/loop-delay.ts";
import type { PluginReport } from "../plugin-host/host.ts";
import type { TrafficReport } from "../sessions/traffic.ts";

/** What one worker says of itself. */
export interface MemberStatus extends HubStatus {
  readonly loop: LoopReport;
  readonly heapUsed: number;
  readonly undelivered: number;
}

/** The hub's status: what workers did is added up, what all of them know (users, rooms) is taken from one. */
export function addUp(members: readonly [MemberStatus, ...MemberStatus[]]): HubStatus {
  const [first] = members;
  const sum = (read: (member: MemberStatus) => number) => members.reduce((all, one) => all + read(one), 0);
  const most = (read: (member: MemberStatus) => number) => Math.max(...members.map(read));
  const guards = members.map(({ memoryGuard }) => memoryGuard);
  return {
    listeners: first.listeners,
    connections: sum(({ connections }) => connections),
    textPeers: sum(({ textPeers }) => textPeers),
    sessions: sum(({ sessions }) => sessions),
    usersOnline: first.usersOnline,
    rooms: first.rooms,
    plugins: first.plugins.map(({ name }) =>
      addPlugins(members.flatMap(({ plugins }) => plugins.filter((plugin) => plugin.name === name))),
    ),
    received: sum(({ received }) => received),
    dropped: sum(({ dropped }) => dropped),
    unsent: sum(({ unsent }) => unsent),
    traffic: addTraffic(members.map(({ traffic }) => traffic)),
    memoryGuard: {
      limit: first.memoryGuard.limit,
      isShort: guards.some(({ isShort }) => isShort),
      refused: sum(({ memoryGuard }) => memoryGuard.refused),
      shed: {
        guest: sum(({ memoryGuard }) => memoryGuard.shed.guest),
        unconfirmed: sum(({ memoryGuard }) => memoryGuard.shed.unconfirmed),
        idle: sum(({ memoryGuard }) => memoryGuard.shed.idle),
      },
    },
    loop: {
      utilization: most(({ loop }) => loop.utilization),
      p50Ms: most(({ loop }) => loop.p50Ms),
      p99Ms: most(({ loop }) => loop.p99Ms),
      maxMs: most(({ loop }) => loop.maxMs),
    },
    heapUsed: sum(({ heapUsed }) => heapUsed),
    workers: members.map(({ textPeers, sessions, received, undelivered, loop }) => ({
      textPeers,
      sessions,
      received,
      undelivered,
      loop,
    })),
  };
}

/** Switched off where it is off in one worker; the slowest worker's times; the last fault of all. */
function addPlugins(reports: readonly PluginReport[]): PluginReport {
  const [first] = reports as readonly [PluginReport];
  const worst = reports.find(({ state }) => state === "off") ?? first;
  const last = reports.toSorted((one, other) =>
    (other.lastFaultAt ?? "").localeCompare(one.lastFaultAt ?? ""),
  )[0];
  const slowest = (read: (report: PluginReport) => number | undefined) =>
    reports.map(read).reduce((most, ms) => (ms === undefined || (most ?? -1) > ms ? most : ms), undefined);
  return {
    ...worst,
    calls: reports.reduce((all, { calls }) => all + calls, 0),
    p50Ms: slowest(({ p50Ms }) => p50Ms),
    p99Ms: slowest(({ p99Ms }) => p99Ms),
    faults: reports.reduce((all, { faults }) => all + faults, 0),
    lastFaultAt: last?.lastFaultAt,
    lastFault: last?.lastFault,
  };
}

/** Rates are those of all packets; of the medians of the round trips, the middle one. */
function addTraffic(reports: readonly TrafficReport[]): TrafficReport {
  const sum = (read: (report: TrafficReport) => number) => reports.reduce((all, one) => all + read(one), 0);
  const packetsOut = sum((report) => report.packetsOut);
  const lost = sum(({ lossRate, packetsOut: own }) => lossRate * own);
  const trips = reports
    .flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]))
    .toSorted((a, b) => a - b);
  return {
    packetsIn: sum(({ packetsIn }) => packetsIn),
    packetsOut,
    bytesIn: sum(({ bytesIn }) => bytesIn),
    bytesOut: sum(({ bytesOut }) => bytesOut),
    lossRate: packetsOut === 0 ? 0 : lost / packetsOut,
    rttMs: trips[Math.floor((trips.length - 1) / 2)],
    handshakes: sum(({ handshakes }) => handshakes),
    strays: sum(({ strays }) => strays),
  };
}
