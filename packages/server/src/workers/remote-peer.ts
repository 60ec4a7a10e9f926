import type { Caller, Reply } from "@palaver/plugin-api";
import type { Elsewhere, Peer, Typing } from "../peers/peer.ts";
import { replyText } from "../peers/reply-text.ts";
import type { PublishedMessage } from "../users/published-message.ts";
import type { Parcel } from "./backplane.ts";

/** The way to the worker that has a user. */
export interface Neighbour {
  send(parcel: Parcel): void;
  /** Once for each message, however many of its users hear it. */
  deliver(message: PublishedMessage): void;
  typing(typing: Typing): void;
}

/** A user of another worker, as the directories of this one know it. */
export class RemotePeer implements Peer {
  readonly proven = true;
  /** Its calls are where it is. */
  readonly calls: Peer["calls"] = new Set<AbortController>();
  readonly elsewhere: Elsewhere;
  readonly #neighbour: Neighbour;
  #caller: Caller;

  constructor(caller: Caller, neighbour: Neighbour) {
    const { id } = caller;
    this.#caller = caller;
    this.#neighbour = neighbour;
    this.elsewhere = {
      join: (room) => neighbour.send({ type: "join", id, room }),
      part: (room) => neighbour.send({ type: "part", id, room }),
      leave: (reason) => neighbour.send({ type: "leave", id, reason }),
    };
  }

  get caller(): Caller {
    return this.#caller;
  }

  /** The other worker says what has become of it. */
  update(caller: Caller): void {
    this.#caller = caller;
  }

  setNick(): void {}

  /** Where the receipt is given back, that worker's plugins hear of it. */
  deliver(reply: Reply, receipt?: string): void {
    this.#neighbour.send({ type: "line", id: this.#caller.id, text: replyText(reply), receipt });
  }

  deliverMessage(message: PublishedMessage): void {
    this.#neighbour.deliver(message);
  }

  typing(typing: Typing): void {
    this.#neighbour.typing(typing);
  }
}
