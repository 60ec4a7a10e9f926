import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { Backplane, Fact, Parcel, Subscriber } from "./backplane.ts";
import type { SharedState } from "./shared-state.ts";

/** Parcels that may wait for one worker from one other, of a few KiB at most but for frames. */
const maxParcels = 16_384;
/** Frames are sent again when they are lost: of these fewer wait, so that one transfer does not fill the rest. */
const maxFrames = 1024;
/** Facts that may wait so. They can't be dropped: a worker that is so far behind counts as stuck. */
const maxFacts = 100_000;

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
      const isFrame = parcel.type === "frame" || parcel.type === "carry";
      if (state.waiting("parcels", self, to) >= (isFrame ? maxFrames : maxParcels)) {
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
