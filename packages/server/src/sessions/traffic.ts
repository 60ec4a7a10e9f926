import type { EndpointStats, SessionStats } from "@palaver/protocol";

/** What sessions sent and received since the hub started; those that ended count too. */
export interface TrafficReport {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The share of the packets to the sessions of now that was lost, 0 to 1. */
  readonly lossRate: number;
  /** Smoothed round trips, of the median session of now; undefined without a session. */
  readonly rttMs: number | undefined;
  /** Handshakes computed, for refused and accepted clients. */
  readonly handshakes: number;
  /** Frames that belong to no session, or are none. */
  readonly strays: number;
}

interface WithSession {
  readonly session: { stats(): SessionStats };
}

/** Keeps what the sessions that ended had counted. */
export function createTraffic() {
  const past = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  return {
    ended(stats: SessionStats): void {
      for (const name of counted) past[name] += stats[name];
    },
    report(endpoint: EndpointStats, peers: Iterable<WithSession>): TrafficReport {
      const sum = { ...past };
      const rtts: number[] = [];
      let sent = 0;
      let lost = 0;
      for (const { session } of peers) {
        const stats = session.stats();
        for (const name of counted) sum[name] += stats[name];
        sent += stats.packetsOut;
        lost += stats.packetsOut * stats.lossRate;
        rtts.push(stats.rttMs);
      }
      return {
        ...sum,
        lossRate: sent === 0 ? 0 : lost / sent,
        rttMs: rtts.toSorted((one, other) => one - other)[Math.floor(rtts.length / 2)],
        handshakes: endpoint.handshakes,
        strays: endpoint.dropped,
      };
    },
  };
}

const counted = ["packetsIn", "packetsOut", "bytesIn", "bytesOut"] as const;
