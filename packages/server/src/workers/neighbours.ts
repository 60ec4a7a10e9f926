import { Refusal } from "@palaver/plugin-api";
import type { RoomDirectory } from "../users/rooms.ts";
import type { UserDirectory } from "../users/users.ts";
import type { Backplane, Fact, Parcel } from "./backplane.ts";
import { RemotePeer, type Neighbour } from "./remote-peer.ts";

export interface NeighboursOptions {
  readonly backplane: Backplane;
  readonly users: UserDirectory;
  readonly rooms: RoomDirectory;
  /** Frames are none of the directories' business. */
  frame(parcel: Extract<Parcel, { readonly type: "frame" | "carry" }>, from: number): void;
}

/** Keeps the users of the other workers in the directories of this one, and does for them what others ask. */
export function meetNeighbours({ backplane, users, rooms, frame }: NeighboursOptions): void {
  const neighbours = Array.from({ length: backplane.workers }, (_, worker) =>
    createNeighbour((parcel) => backplane.publish(parcel, worker)),
  );

  const fact = (said: Fact, from: number) => {
    if (said.type === "here") {
      const { user } = said;
      const known = users.peer(user.id);
      const before = known?.caller;
      const peer = known instanceof RemotePeer ? known : new RemotePeer(user, neighbours[from]!);
      peer.update(user);
      return users.heard(peer, before);
    }
    if (said.type === "gone") {
      for (const room of rooms.of(said.id)) rooms.heardPart(room, said.id);
      return users.lost(said.id);
    }
    if (said.type === "changed") return rooms.heardChange(said.id, said.change);
    if (said.type === "parted") return rooms.heardPart(said.room, said.id);
    const seq = rooms.heardJoin(said.room, said.id);
    // What was said here on the way of this fact did not go there.
    if (seq > said.seq) neighbours[from]!.send({ type: "reached", room: said.room, seq });
  };
  const parcel = (got: Parcel, from: number) => {
    switch (got.type) {
      case "message":
        return rooms.heardMessage(got.message);
      case "reached":
        return rooms.reached(got.room, got.seq);
      case "typing":
        return rooms.heardTyping(got);
      case "line":
        return void users.send(got.id, got.text, got.receipt);
      case "leave":
        return isHere(got.id) && users.leave(got.id, got.reason);
      case "join":
        return isHere(got.id) && tryJoin(got.room, got.id);
      case "part":
        return isHere(got.id) && void rooms.part(got.room, got.id);
      default:
        return frame(got, from);
    }
  };
  // Who asked was told that it happens, and asks no more.
  const tryJoin = (room: string, id: string) => {
    try {
      rooms.join(room, id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  };
  const isHere = (id: string): boolean => {
    const peer = users.peer(id);
    return peer !== undefined && !peer.elsewhere;
  };
  backplane.subscribe({ fact, parcel: (got, from) => void parcel(got, from) });
}

/** Of a message or a sign of typing that goes to many users there, one parcel is sent. */
function createNeighbour(send: (parcel: Parcel) => void): Neighbour {
  let last: unknown;
  return {
    send,
    deliver(published) {
      if (published === last || published.isHeard) return;
      last = published;
      send({ type: "message", message: published.message });
    },
    typing(typing) {
      if (typing === last) return;
      last = typing;
      send({ type: "typing", ...typing });
    },
  };
}
