import type { Caller } from "./caller.ts";
import type { RoomMessage } from "./capabilities.ts";

/** What the hub tells whoever listens. Nothing on a datagram's way waits for a listener. */
export type HubEvents = {
  "user:online": { readonly user: Caller };
  "user:offline": { readonly user: Caller; readonly rooms: readonly string[]; readonly reason: string };
  /** A client has acknowledged what was sent with this receipt; it may have been silent long enough to be offline by then. */
  "user:received": { readonly user: Caller; readonly receipt: string };
  "room:message": { readonly message: RoomMessage };
};
