import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { Backplane, Fact, Parcel, Subscriber } from "./backplane.ts";
import type { SharedState } from "./shared-state.ts";

/** Facts that may wait for one worker from one other. They can't be dropped: a worker so far behind counts as stuck. */
const maxFacts = 100_000;
/**
 * With how many parcels waiting, of a few KiB at most but for frames, another one is dropped. Frames are sent again when they are
 * lost, so one transfer need not fill the rest; what a moderator does goes before what is said.
 */
const maxParcels: Readonly<Record<Parcel["type"], number>> = {
  frame: 1024,
  carry: 1024,
  typing: 1024,
  message: 16_384,
  reached: 16_384,
  line: 16_384,
  join: 32_768,
  part: 32_768,
  leave: 32_768,
};

/** The ports to one other worker: facts can be read at once, in front of parcels that wait. */
export interface Link {
  readonly facts: MessagePort;
  readonly parcels: MessagePort;
}

export interface PortBackplaneOptions {
  readonly self: number;
  /** By worker; none to this one. */
  readonly links: readonly (Link | undefined)[];
  readonly state: SharedState;
  /** A worker has read nothing for so long that this one can't go on. */
  stuck(worker: number): void;
}

/** A backplane between the threads of one process. */
export function createPortBackplane({ self, links, state, stuck }: PortBackplaneOptions): Backplane {
  const others = links.flatMap((link, worker) => (link ? [{ link, worker }] : []));
  let subscriber: Subscriber | undefined;
  let dropped = 0;

  const hearFact = (fact: Fact, from: number) => {
    state.count("facts", from, self, -1);
    subscriber?.fact(fact, from);
  };
  const hearParcel = (parcel: Parcel, from: number) => {
    state.count("parcels", from, self, -1);
    subscriber?.parcel(parcel, from);
  };
  const hearAllFacts = () => {
    for (const { link, worker } of others) {
      for (let got = receiveMessageOnPort(link.facts); got; got = receiveMessageOnPort(link.facts)) {
        hearFact(got.message as Fact, worker);
      }
    }
  };

  return {
    self,
    workers: links.length,
    get dropped() {
      return dropped;
    },
    publish(parcel, to) {
      const link = links[to];
      if (!link) return;
      if (state.waiting("parcels", self, to) >= maxParcels[parcel.type]) {
        dropped++;
        return;
      }
      state.count("parcels", self, to, 1);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
      link.parcels.postMessage(parcel);
    },
    presence(fact) {
      for (const { link, worker } of others) {
        if (state.count("facts", self, worker, 1) > maxFacts) stuck(worker);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
        link.facts.postMessage(fact);
      }
    },
    subscribe(wanted) {
      subscriber = wanted;
      for (const { link, worker } of others) {
        link.facts.on("message", (fact: Fact) => hearFact(fact, worker));
        link.parcels.on("message", (parcel: Parcel) => hearParcel(parcel, worker));
      }
    },
    exclusively: (run) =>
      state.locked(() => {
        hearAllFacts();
        return run();
      }),
  };
}
