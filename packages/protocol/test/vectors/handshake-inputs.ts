import { DEFAULT_LIMITS } from "../../src/session/limits.ts";
import { keyPairFrom } from "../../src/session/x25519.ts";
import { labelled } from "./vector-bytes.ts";

/** All that is random or chosen in the handshake of the vectors. */
export const HANDSHAKE = {
  clientPrivate: labelled("client static private key"),
  serverPrivate: labelled("server static private key"),
  clientEphemeralPrivate: labelled("client ephemeral private key"),
  serverEphemeralPrivate: labelled("server ephemeral private key"),
  nonce: labelled("client nonce"),
  clientCid: labelled("client connection id", 8),
  serverCid: labelled("server connection id", 8),
  cookieSecret: labelled("cookie secret"),
  clientAddress: "198.51.100.7:40000",
  /** The server's clock when it answers the HELLO, in milliseconds: rotation 28333333, 20 s into it. */
  timeMs: 28_333_333 * 60_000 + 20_123,
  versions: [1],
  clientLimits: DEFAULT_LIMITS,
  serverLimits: { ...DEFAULT_LIMITS, maxStreams: 32, idleTimeoutMs: 3_600_000 },
} as const;

export const serverKeys = keyPairFrom(HANDSHAKE.serverPrivate);
export const clientKeys = keyPairFrom(HANDSHAKE.clientPrivate);
