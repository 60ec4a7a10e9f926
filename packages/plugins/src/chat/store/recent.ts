// What an instance that is being replaced still writes is seen this much later.
const maxAgeMs = 1000;
const maxRooms = 1000;

/** Values of rooms that were read a moment ago; each read of the database costs as much as the rest of a message. */
export interface Recent<T> {
  get(room: string): T;
  /** It was changed here: the next one is read anew. */
  forget(room: string): void;
}

/** @param read asks the database. Past 1000 rooms, the one that was read longest ago goes. */
export function createRecent<T>(read: (room: string) => T): Recent<T> {
  const known = new Map<string, { readonly value: T; readonly readAtMs: number }>();
  return {
    get(room) {
      const now = performance.now();
      const before = known.get(room);
      if (before && now - before.readAtMs < maxAgeMs) return before.value;
      const value = read(room);
      known.delete(room);
      known.set(room, { value, readAtMs: now });
      if (known.size > maxRooms) known.delete(known.keys().next().value!);
      return value;
    },
    forget: (room) => void known.delete(room),
  };
}
