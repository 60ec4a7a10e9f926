import type { Backplane, Fact, Parcel, Subscriber } from "../../src/workers/backplane.ts";

/** Backplanes of several workers in one thread; what is sent waits until the test lets it arrive, in any order it likes. */
export interface MemoryNetwork {
  readonly backplanes: readonly Backplane[];
  /** Lets one thing arrive. @param random 0 to 1, chooses on which way. @returns false when nothing is under way. */
  deliverOne(random: number): boolean;
}

export function createMemoryNetwork(workers: number): MemoryNetwork {
  interface Way {
    readonly from: number;
    readonly to: number;
    readonly kind: "fact" | "parcel";
    readonly queue: unknown[];
  }
  const ways: Way[] = [];
  for (let from = 0; from < workers; from++) {
    for (let to = 0; to < workers; to++) {
      if (from === to) continue;
      for (const kind of ["fact", "parcel"] as const) ways.push({ from, to, kind, queue: [] });
    }
  }
  const subscribers: (Subscriber | undefined)[] = [];
  const arrive = ({ from, to, kind, queue }: Way) => {
    const next = structuredClone(queue.shift());
    if (kind === "fact") subscribers[to]?.fact(next as Fact, from);
    else subscribers[to]?.parcel(next as Parcel, from);
  };
  const wayOf = (wanted: "fact" | "parcel", one: number, other: number) =>
    ways.find(({ kind, from, to }) => kind === wanted && from === one && to === other)!;
  return {
    backplanes: Array.from({ length: workers }, (_, self) => ({
      self,
      workers,
      dropped: 0,
      publish: (parcel, to) => void wayOf("parcel", self, to).queue.push(parcel),
      presence(fact) {
        for (const way of ways) if (way.kind === "fact" && way.from === self) way.queue.push(fact);
      },
      subscribe: (subscriber) => void (subscribers[self] = subscriber),
      exclusively(run) {
        for (const way of ways) {
          while (way.to === self && way.kind === "fact" && way.queue.length > 0) arrive(way);
        }
        return run();
      },
    })),
    deliverOne(random) {
      const busy = ways.filter(({ queue }) => queue.length > 0);
      const way = busy[Math.floor(random * busy.length)];
      if (way) arrive(way);
      return way !== undefined;
    },
  };
}
