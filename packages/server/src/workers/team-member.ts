import type { RoomHistory } from "@palaver/plugin-api";
import type { Sharing } from "../transport/listeners.ts";
import type { RoomDirectory, RoomSharing } from "../users/rooms.ts";
import type { UserDirectory } from "../users/users.ts";
import type { Backplane } from "./backplane.ts";
import { createForwarding, type Forwarding, type ForwardingOptions } from "./forwarding.ts";
import { meetNeighbours } from "./neighbours.ts";
import { createRoomOrder } from "./room-order.ts";

/** A worker's place among the others. */
export interface TeamMember {
  readonly backplane: Backplane;
  readonly sharing: Sharing;
  /** Of connection ids; the same for all. */
  readonly salt: number;
  /** Loads a plugin again in every worker. */
  reloadPlugin(name: string): Promise<void>;
  /** Resolves when all workers are there: until then none receives anything. */
  readonly whole: Promise<void>;
}

/** What a hub that is one of several workers does with the others. */
export interface Teamwork {
  readonly forwarding: Forwarding;
  /** For its directories of users and of rooms. */
  readonly shared: Pick<Backplane, "presence" | "exclusively"> & RoomSharing;
  /** The users of the others are in its directories from now on. */
  meet(users: UserDirectory, rooms: RoomDirectory): void;
}

export interface TeamworkOptions extends Omit<ForwardingOptions, "backplane" | "salt"> {
  history(): RoomHistory | undefined;
}

export function createTeamwork({ backplane, salt }: TeamMember, options: TeamworkOptions): Teamwork {
  const forwarding = createForwarding({ ...options, backplane, salt });
  return {
    forwarding,
    shared: {
      presence: (fact) => backplane.presence(fact),
      announce: (fact) => backplane.presence(fact),
      exclusively: (run) => backplane.exclusively(run),
      order: createRoomOrder(options.history),
    },
    meet(users, rooms) {
      meetNeighbours({ backplane, users, rooms, frame: (parcel, from) => forwarding.take(parcel, from) });
    },
  };
}
