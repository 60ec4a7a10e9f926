import type { ErrorCode } from "../errors.ts";
import type { CongestionController } from "./congestion.ts";
import type { PacketMemory } from "./packet-memory.ts";
import type { Session } from "./session.ts";
import type { SessionLimits } from "./limits.ts";
import type { Role, StreamKind } from "./stream-id.ts";

/** A datagram to be sent. Addresses are opaque to the core; `to` is what came in as `from`. */
export interface Datagram {
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** Randomness from outside: exactly `size` unpredictable bytes. */
export type RandomSource = (size: number) => Uint8Array;

/**
 * What a session tells its application. One object serves all sessions of a hub, so each call names its session.
 *
 * Calls come from inside `receive` and `poll`; they may call back into the session, and must not throw.
 */
export interface SessionEvents {
  /** The peer opened a stream. The control stream is there from the start and is not announced. */
  onStream?(session: Session, id: number, kind: StreamKind): void;
  /** Bytes of a stream, in order. They and their memory belong to the callee; `consume` gives their credit back. */
  onData(session: Session, id: number, bytes: Uint8Array): void;
  /** The peer has said all it will on this stream. */
  onFinish?(session: Session, id: number): void;
  /** The peer gave the stream up in both directions. */
  onReset?(session: Session, id: number, code: ErrorCode): void;
  /** A `write` was cut short before; there is room again. */
  onWritable?(session: Session, id: number): void;
  /** The peer has acknowledged the first `bytes` of a stream for which `awaitAck` was called. */
  onAcked?(session: Session, id: number, bytes: number): void;
  onDatagram?(session: Session, bytes: Uint8Array): void;
  /** The peer has proven another address. */
  onAddress?(session: Session, address: string, previous: string): void;
  /** The session is over; told once. */
  onClose?(session: Session, reason: CloseReason): void;
}

export interface CloseReason {
  readonly code: ErrorCode;
  readonly text: string;
  /** Who ended it: the peer's CLOSE, our own side, or silence. */
  readonly by: "peer" | "self" | "silence";
}

/** What a session needs from whoever owns it; shared by all sessions of an endpoint. */
export interface SessionHost {
  readonly random: RandomSource;
  readonly events: SessionEvents;
  /** Default: `createRateController`. */
  readonly createController?: () => CongestionController;
  /** Bytes of the largest datagram that may be tried towards an address, where none is fragmented; default 1200. */
  readonly maxSendBytes?: (address: string) => number;
  /** Whether an address is a TCP connection, which carries any size without a trial; default none is. */
  readonly isStream?: (address: string) => boolean;
  /** For packets, where their owner is done with them before he polls again. */
  readonly memory?: PacketMemory;
  /** The session has something to send or its deadline moved. */
  onWake?(session: Session): void;
  /** First authentic DATA: the peer holds the keys. */
  onConfirmed?(session: Session): void;
}

/** What a session is made of, for both roles. */
export interface SessionOptions {
  readonly role: Role;
  readonly host: SessionHost;
  readonly limits: SessionLimits;
  readonly remoteLimits: SessionLimits;
  readonly address: string;
  /** Our connection id as 8 Latin-1 characters. */
  readonly localCid: string;
  readonly remoteKey: Uint8Array;
  /** Ping after this long without sending; 0 for never. */
  readonly keepAliveMs: number;
  readonly nowMs: number;
}

/** Figures of a session, for `palaver ping` and metrics. */
export interface SessionStats {
  readonly rttMs: number;
  readonly rttVariationMs: number;
  readonly minRttMs: number;
  /** The share of our packets that was lost so far, 0 to 1. */
  readonly lossRate: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly inFlightBytes: number;
  readonly windowBytes: number;
  readonly address: string;
  readonly pathChanges: number;
  /** When the last authentic packet came, on the caller's clock. */
  readonly lastReceivedAtMs: number;
  /** Probe timeouts without an answer so far; three or more mean that the peer is out of reach. */
  readonly probeCount: number;
}
