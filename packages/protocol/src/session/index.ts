export {
  createClientSession,
  type ClientSession,
  type ClientSessionOptions,
  KEEP_ALIVE_MS,
} from "./client-session.ts";
export { parseAddressBytes } from "./address.ts";
export { type AckSample, type CongestionController, createNewReno } from "./congestion.ts";
export { createRateController } from "./rate-controller.ts";
export {
  createRecordSplitter,
  encodeFrameRecord,
  type RecordSplitter,
  type StreamRecord,
} from "./record-splitter.ts";
export {
  createServerEndpoint,
  DEFAULT_ENDPOINT_LIMITS,
  type EndpointLimits,
  type EndpointStats,
  type ServerEndpoint,
  type ServerEndpointOptions,
  type ServerEvents,
} from "./server-endpoint.ts";
export {
  DEFAULT_LIMITS,
  LARGEST_DATAGRAM_BYTES,
  MAX_DATAGRAM_BYTES,
  MAX_DGRAM_BYTES,
  type SessionLimits,
} from "./limits.ts";
export { isData, tryReadRouting } from "./packet.ts";
export { PacketMemory, release } from "./packet-memory.ts";
export type { Ownership } from "./send-stream.ts";
export type { Session, SessionState } from "./session.ts";
export type { CloseReason, Datagram, RandomSource, SessionEvents, SessionStats } from "./session-types.ts";
export { CONTROL_STREAM_ID, type Role, splitStreamId, type StreamKind } from "./stream-id.ts";
export { type KeyPair, keyPairFrom } from "./x25519.ts";
