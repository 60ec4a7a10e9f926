import type { Peer } from "../peers/peer.ts";
import type { Remote } from "../transport/remote.ts";
import type { Circle } from "../transport/udp-socket.ts";
import type { UdpTransport } from "../transport/udp.ts";
import type { PublishedMessage } from "./published-message.ts";

/** Fewer are sent to one by one as fast. */
const minCircle = 8;

interface Listener {
  readonly peer: Peer;
  /** All that it is in: to look them up for each message cost a quarter of what a delivery costs here. */
  readonly rooms: ReadonlySet<string>;
}

interface Groups {
  readonly circles: readonly Circle[];
  readonly others: readonly Listener[];
}

/** Those in a room who get each message at once. */
export class RoomListeners {
  readonly #listeners = new Map<string, Listener>();
  /** How a message gets to them; made with the second that goes to the same ones. */
  #groups: Groups | undefined;
  #isSecond = false;

  get size(): number {
    return this.#listeners.size;
  }

  /** @param rooms all that it is in, also later. */
  add(userId: string, peer: Peer, rooms: ReadonlySet<string>): void {
    this.#listeners.set(userId, { peer, rooms });
    this.regroup();
  }

  delete(userId: string): void {
    if (this.#listeners.delete(userId)) this.regroup();
  }

  /** They are others, or one is in more rooms than before or in fewer. */
  regroup(): void {
    this.#groups = undefined;
    this.#isSecond = false;
  }

  deliver(message: PublishedMessage): void {
    if (this.#isSecond) this.#groups ??= groupsOf(this.#listeners.values());
    this.#isSecond = true;
    for (const circle of this.#groups?.circles ?? []) circle.send(message.line(false));
    for (const { peer, rooms } of this.#groups?.others ?? this.#listeners.values())
      peer.deliverMessage?.(message, rooms.size > 1);
  }
}

function groupsOf(listeners: Iterable<Listener>): Groups {
  const others: Listener[] = [];
  const together = new Map<UdpTransport, Listener[]>();
  for (const listener of listeners) {
    const { route } = listener.peer;
    const group = route && listener.rooms.size === 1 ? together.get(route.transport) : others;
    if (group) group.push(listener);
    else if (route) together.set(route.transport, [listener]);
  }
  const circles: Circle[] = [];
  for (const [transport, group] of together) {
    const remotes = group.flatMap(({ peer }): readonly Remote[] => (peer.route ? [peer.route.to] : []));
    if (group.length >= minCircle) circles.push(transport.circle(remotes));
    else others.push(...group);
  }
  return { circles, others };
}
