import type { Caller, Reply } from "@palaver/plugin-api";
import type { CallSet } from "../invoke.ts";
import type { Route } from "../transport/udp.ts";
import type { Presence } from "../users/presence.ts";
import type { PublishedMessage } from "../users/published-message.ts";
import type { RoomLog } from "../users/room-log.ts";

/** One remote address or one session, as the rest of the hub sees it. */
export interface Peer {
  /** What plugins see of it; a new object whenever something in it changed. */
  readonly caller: Caller;
  /** False while its address is only a claim: it then joins nothing and gets little. */
  readonly proven: boolean;
  /** Puts it online under a nickname, or offline. */
  setNick(nick: string | undefined): void;
  /** Sends something that answers no call. @param receipt is given back to the hub when its client has acknowledged that. */
  deliver(reply: Reply, receipt?: string): void;
  /** Sends what was said in a room; `isInMany` when it is in others too, so that the room needs naming. */
  deliverMessage?(message: PublishedMessage, isInMany: boolean): void;
  /** Where it may get the line of a message sent instead, together with others. */
  readonly route?: Route | undefined;
  /** Takes what waits in a room's log. A peer without it gets each message by `deliverMessage`, at once. */
  settle?(room: string): void;
  /** It came into a room, or was taken out of one. Text peers read of both in the answer. */
  entered?(room: string, log: RoomLog): void;
  left?(room: string): void;
  /** Something about somebody else in one of its rooms. Text peers read the room's notices instead. */
  presence?(presence: Presence): void;
  /** Somebody else in one of its rooms is writing. */
  typing?(typing: Typing): void;
  /** The calls it waits for; they are aborted when it goes. */
  readonly calls: CallSet;
  /** Of a user that another worker has: what has to be asked of that one. */
  readonly elsewhere?: Elsewhere;
}

export interface Elsewhere {
  join(room: string): void;
  part(room: string): void;
  leave(reason: string): void;
}

export interface Typing {
  readonly room: string;
  readonly nick: string;
}

export interface PresenceChange {
  readonly user: string;
  readonly state: "online" | "away" | "offline";
  /** The name that the user goes by from now on. */
  readonly nick?: string;
}

/** Where the replies of one call go. */
export interface Sink {
  /** A promise asks the caller's plugin to wait before the next reply. */
  reply(reply: Reply): void | Promise<void>;
  /** The call is over; with a refusal, its message is the last thing the caller reads. */
  end(refusal?: { readonly code: string; readonly message: string }): void;
}
