import { LossRate } from "./loss-rate.ts";
import { RttEstimate } from "./rtt.ts";

/** What a session remembers of its path while it sleeps; the rest of recovery is made anew when it wakes. */
export class PathMemory {
  readonly rtt = new RttEstimate();
  readonly loss = new LossRate();
}
