import { encodeControl } from "@palaver/protocol";
import type { PresenceChange } from "../peers/peer.ts";

/** Who came, went or is called otherwise in a room: encoded at most once, however many are told. */
export class Presence {
  readonly room: string;
  readonly change: PresenceChange;
  #record: Uint8Array | undefined;

  constructor(room: string, change: PresenceChange) {
    this.room = room;
    this.change = change;
  }

  /** As sessions get it. */
  get record(): Uint8Array {
    const { user, state, nick } = this.change;
    return (this.#record ??= encodeControl({ type: "presence", user, state, room: this.room, nick }));
  }
}
