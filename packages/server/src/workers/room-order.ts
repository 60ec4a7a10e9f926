import type { RoomHistory, RoomMessage } from "@palaver/plugin-api";

/**
 * Missed messages that are read again, as many as a worker may find waiting that stood still for seconds; sessions read what
 * is before them by themselves.
 */
const maxMissed = 2000;

/**
 * Puts what several workers say in a room in the order of its numbers. Whoever stores a message tells the others of it, so
 * a later one may arrive first: what lies between is then read from the history, and skipped when it arrives.
 */
export interface RoomOrder {
  /** What the members here are to hear now, when this message comes; nothing when they have heard it. */
  next(message: RoomMessage): readonly RoomMessage[];
  /** What they have not heard yet of the messages up to a number; up to the last one when none is given. */
  upTo(room: string, seq?: number): readonly RoomMessage[];
  /** The number of the last message; 0 before the first. */
  latest(room: string): number;
  /** Somebody listens from now on. @returns the number of the last message that counts as heard. */
  begin(room: string): number;
  /** Nobody is left there. */
  end(room: string): void;
}

/** @param history of now; without one (no chat, or chat in a process of its own) messages go as they come. */
export function createRoomOrder(history: () => RoomHistory | undefined): RoomOrder {
  // Bounded by the rooms there are.
  const heard = new Map<string, number>();

  const latest = (room: string) => history()?.latest(room) ?? 0;
  const upTo = (room: string, seq = latest(room)): readonly RoomMessage[] => {
    const last = heard.get(room);
    if (last === undefined || seq <= last) return [];
    heard.set(room, seq);
    const missed = history()?.after(room, Math.max(last, seq - maxMissed), maxMissed) ?? [];
    return missed.filter((message) => message.seq <= seq);
  };
  return {
    next(message) {
      const { room, seq } = message;
      const last = heard.get(room);
      // Numbered by nobody, or heard by nobody yet.
      if (seq === 0 || last === undefined || !history()) return [message];
      if (seq <= last) return [];
      const missed = seq === last + 1 ? [] : upTo(room, seq - 1);
      heard.set(room, seq);
      return [...missed, message];
    },
    upTo,
    latest,
    begin(room) {
      const seq = heard.get(room) ?? latest(room);
      heard.set(room, seq);
      return seq;
    },
    end: (room) => void heard.delete(room),
  };
}
