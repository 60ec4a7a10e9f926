import type { Caller, RoomMessage } from "@palaver/plugin-api";
import type { PresenceChange } from "../peers/peer.ts";

/** What everybody has to know of the users of a worker. In this order they are true; none is ever dropped. */
export type Fact =
  /** Came online, or goes by another name, or has other roles. */
  | { readonly type: "here"; readonly user: Caller }
  | { readonly type: "gone"; readonly id: string }
  /** `seq` is the number of the last message that is known there. */
  | { readonly type: "joined"; readonly id: string; readonly room: string; readonly seq: number }
  | { readonly type: "parted"; readonly id: string; readonly room: string }
  | { readonly type: "changed"; readonly id: string; readonly change: PresenceChange };

/** Where a frame came in: by a listener, or by a connection that only the worker which took it can write to. */
export type Entrance =
  | { readonly listener: string; readonly address: string; readonly port: number }
  | { readonly connection: string };

/** What one worker has for another. May be dropped when that one does not keep up. */
export type Parcel =
  /** Said in a room, for its members there. */
  | { readonly type: "message"; readonly message: RoomMessage }
  /** The number of the last message of a room that somebody there came into. */
  | { readonly type: "reached"; readonly room: string; readonly seq: number }
  | { readonly type: "typing"; readonly room: string; readonly nick: string }
  /** For one user. */
  | {
      readonly type: "line";
      readonly id: string;
      readonly text: string;
      readonly receipt?: string | undefined;
    }
  /** What a plugin does with a user of another worker. */
  | { readonly type: "join" | "part"; readonly id: string; readonly room: string }
  | { readonly type: "leave"; readonly id: string; readonly reason: string }
  /** A frame of a session there that came in here. */
  | { readonly type: "frame"; readonly bytes: Uint8Array; readonly by: Entrance }
  /** A frame for a connection there. */
  | { readonly type: "carry"; readonly bytes: Uint8Array; readonly connection: string };

/** Hears what the other workers say; `from` is the number of the one that said it. */
export interface Subscriber {
  fact(fact: Fact, from: number): void;
  parcel(parcel: Parcel, from: number): void;
}

/**
 * What the workers of a hub share rooms and users by. A hub with one worker has none. What another one (between machines)
 * would have to promise stands in `docs/operations.md`.
 */
export interface Backplane {
  /** This worker's number, from 0 on. */
  readonly self: number;
  readonly workers: number;
  /** Parcels that were not sent, because too many waited for the other worker. */
  readonly dropped: number;
  /** At most once, in the order of sending between any two workers. */
  publish(parcel: Parcel, to: number): void;
  /** To all other workers, in order, never dropped. */
  presence(fact: Fact): void;
  /** Once; what was said before is heard then. */
  subscribe(subscriber: Subscriber): void;
  /**
   * Runs while no other worker does, having heard every fact that they said before: what makes a nickname unique.
   * @throws {Refusal} BUSY when that takes longer than two seconds.
   */
  exclusively<T>(run: () => T): T;
}
