import type { SessionLimits } from "./limits.ts";
import type { TransportKeys } from "./noise.ts";
import { PacketKeys } from "./packet-keys.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-types.ts";

/** The hub's end of one session, open from its first moment: the handshake was one question and one answer. */
export class ServerSession extends Session {
  /** Where the endpoint keeps the ACCEPT, while the session is unconfirmed. */
  acceptKey: string;

  constructor(options: {
    host: SessionHost;
    limits: SessionLimits;
    remoteLimits: SessionLimits;
    address: string;
    localCid: string;
    remoteCid: Uint8Array;
    remoteKey: Uint8Array;
    keys: TransportKeys;
    acceptKey: string;
    nowMs: number;
  }) {
    super({ ...options, role: "server", keepAliveMs: 0 });
    this.acceptKey = options.acceptKey;
    const { sendKey, receiveKey } = options.keys;
    const keys = new PacketKeys(sendKey, receiveKey, options.remoteCid, options.nowMs);
    this.establish(keys, options.remoteLimits, undefined, options.nowMs);
  }
}
