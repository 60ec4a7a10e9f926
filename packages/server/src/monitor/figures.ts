import type { WorkerReport } from "../hub.ts";
import type { PluginReport } from "../plugin-host/host.ts";
import type { StatusReport } from "./report.ts";

/** One number of a report, as monitoring systems know it. */
export interface Figure {
  /** By Prometheus' conventions: base units, and `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
  /** All with a small, fixed set of values: the plugins of the configuration among them, never what users write. */
  readonly labels?: readonly string[];
  read(report: StatusReport): readonly Sample[] | number | undefined;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const figures: readonly Figure[] = [
  {
    name: "palaver_build_info",
    help: "Always 1; the version is in the label.",
    labels: ["version"],
    read: ({ version }) => [{ labels: { version }, value: 1 }],
  },
  { name: "palaver_users_online", help: "Users who are online.", read: (report) => report.usersOnline },
  { name: "palaver_rooms", help: "Rooms with somebody in them.", read: (report) => report.rooms },
  {
    name: "palaver_text_peers",
    help: "Peers that speak text and have proven their address.",
    read: (report) => report.textPeers,
  },
  { name: "palaver_sessions", help: "Encrypted sessions.", read: (report) => report.sessions },
  { name: "palaver_tcp_connections", help: "Open TCP connections.", read: (report) => report.connections },
  {
    name: "palaver_datagrams_received_total",
    help: "UDP datagrams received, of text and of frames.",
    read: (report) => report.received,
  },
  {
    name: "palaver_datagrams_unsent_total",
    help: "UDP datagrams that the system did not take from the hub.",
    read: (report) => report.unsent,
  },
  {
    name: "palaver_datagrams_kernel_dropped_total",
    help: "UDP datagrams that the kernel dropped because the hub did not fetch them in time (Linux).",
    read: (report) => report.kernelDrops,
  },
  {
    name: "palaver_text_messages_dropped_total",
    help: "Messages of text peers left unanswered because their sender asked too often.",
    read: (report) => report.dropped,
  },
  {
    name: "palaver_session_packets_total",
    help: "Packets of sessions, by direction.",
    labels: ["direction"],
    read: ({ traffic }) => inAndOut(traffic.packetsIn, traffic.packetsOut),
  },
  {
    name: "palaver_session_bytes_total",
    help: "Bytes of sessions' packets, by direction.",
    labels: ["direction"],
    read: ({ traffic }) => inAndOut(traffic.bytesIn, traffic.bytesOut),
  },
  {
    name: "palaver_session_loss_ratio",
    help: "The share of packets to the sessions of now that was lost, 0 to 1.",
    read: ({ traffic }) => traffic.lossRate,
  },
  {
    name: "palaver_session_rtt_seconds",
    help: "Smoothed round trip of the median session; absent without a session.",
    read: ({ traffic: { rttMs } }) => rttMs && rttMs / 1000,
  },
  {
    name: "palaver_session_handshakes_total",
    help: "Handshakes computed, for refused and accepted clients.",
    read: ({ traffic }) => traffic.handshakes,
  },
  {
    name: "palaver_stray_frames_total",
    help: "Frames that belong to no session, or are none.",
    read: ({ traffic }) => traffic.strays,
  },
  {
    name: "palaver_plugin_up",
    help: "1 while a plugin is on, 0 when its faults switched it off.",
    labels: ["plugin"],
    read: perPlugin(({ state }) => (state === "on" ? 1 : 0)),
  },
  {
    name: "palaver_plugin_calls_total",
    help: "Calls of a plugin's commands and mounts that ended; begins anew when it is loaded again.",
    labels: ["plugin"],
    read: perPlugin(({ calls }) => calls),
  },
  {
    name: "palaver_plugin_faults_total",
    help: "Faults of a plugin; begins anew when it is loaded again.",
    labels: ["plugin"],
    read: perPlugin(({ faults }) => faults),
  },
  {
    name: "palaver_plugin_call_duration_seconds",
    help: "How long a plugin's calls took, by quantile; absent before the first.",
    labels: ["plugin", "quantile"],
    read: ({ plugins }) =>
      plugins.flatMap(({ name, p50Ms, p99Ms }) =>
        [["0.5", p50Ms] as const, ["0.99", p99Ms] as const].flatMap(([quantile, ms]) =>
          ms === undefined ? [] : [{ labels: { plugin: name, quantile }, value: ms / 1000 }],
        ),
      ),
  },
  {
    name: "palaver_loop_delay_seconds",
    help: "How long the one thread kept others waiting in the last 5 s, by quantile.",
    labels: ["quantile"],
    read: ({ loop }) =>
      [["0.5", loop.p50Ms] as const, ["0.99", loop.p99Ms] as const, ["1", loop.maxMs] as const].map(
        ([quantile, ms]) => ({ labels: { quantile }, value: ms / 1000 }),
      ),
  },
  {
    name: "palaver_loop_utilization_ratio",
    help: "The share of the last 5 s in which the one thread worked, 0 to 1.",
    read: ({ loop }) => loop.utilization,
  },
  {
    name: "palaver_worker_loop_utilization_ratio",
    help: "The share of the time since the last look in which a worker worked; absent without workers.",
    labels: ["worker"],
    read: perWorker(({ loop }) => loop.utilization),
  },
  {
    name: "palaver_worker_dropped_total",
    help: "What a worker did not pass on to others that did not keep up; absent without workers.",
    labels: ["worker"],
    read: perWorker(({ undelivered }) => undelivered),
  },
  {
    name: "palaver_memory_limit_bytes",
    help: "What the hub may use before it puts people out; absent without a limit.",
    read: ({ memoryGuard }) => memoryGuard.limit,
  },
  {
    name: "palaver_memory_short",
    help: "1 while memory is so short that nobody new is let in.",
    read: ({ memoryGuard }) => (memoryGuard.isShort ? 1 : 0),
  },
  {
    name: "palaver_memory_refused_total",
    help: "Newcomers who were not let in because memory was short.",
    read: ({ memoryGuard }) => memoryGuard.refused,
  },
  {
    name: "palaver_memory_shed_total",
    help: "Peers put out because the memory was full: guests first, then unconfirmed ones, then idle users.",
    labels: ["standing"],
    read: ({ memoryGuard: { shed } }) =>
      Object.entries(shed).map(([standing, value]) => ({ labels: { standing }, value })),
  },
  {
    name: "palaver_data_free_bytes",
    help: "Bytes that are free for the data directory.",
    read: (report) => report.diskFree,
  },
];

function inAndOut(received: number, sent: number): readonly Sample[] {
  return [
    { labels: { direction: "in" }, value: received },
    { labels: { direction: "out" }, value: sent },
  ];
}

function perWorker(read: (worker: WorkerReport) => number): Figure["read"] {
  return ({ workers }) =>
    (workers ?? []).map((worker, index) => ({ labels: { worker: String(index + 1) }, value: read(worker) }));
}

function perPlugin(read: (plugin: PluginReport) => number): Figure["read"] {
  return ({ plugins }) => plugins.map((plugin) => ({ labels: { plugin: plugin.name }, value: read(plugin) }));
}
