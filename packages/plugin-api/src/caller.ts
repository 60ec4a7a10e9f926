/** Who calls: one peer of the hub, at the moment of the call. */
export interface Caller {
  /** Identifies the peer as long as it is connected or its lease lasts; opaque. */
  readonly id: string;
  /** The nickname, guests with a leading `~`; a peer that never went online has none. */
  readonly nick: string | undefined;
  /** Text peers hold no role. */
  readonly roles: readonly string[];
  readonly dialect: "text" | "session";
  /** Where the last datagram came from, `127.0.0.1:5353`; for logs and audits only. */
  readonly address: string;
  /** The user's public key in base64url; session peers only. */
  readonly key: string | undefined;
  readonly online: boolean;
}
