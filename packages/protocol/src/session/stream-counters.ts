import { makeStreamId, splitStreamId } from "./stream-id.ts";

/** Next sequence that each side opens, and how many of its streams count against the limit. */
const OFFSETS = { nextLocal: 0, nextRemote: 4, openLocal: 8, openRemote: 12 } as const;
const SIZE = 16;
const REQUEST_KIND = splitStreamId(makeStreamId("client", "request", 0)).kindIndex;

/** Numbers of streams by opener and kind, in one small array. */
export class StreamCounters {
  readonly #values = Array.from({ length: SIZE }, () => 0);

  get(counter: keyof typeof OFFSETS, kindIndex: number): number {
    return this.#values[OFFSETS[counter] + kindIndex] as number;
  }

  add(counter: keyof typeof OFFSETS, kindIndex: number, change: number): void {
    this.#values[OFFSETS[counter] + kindIndex] = this.get(counter, kindIndex) + change;
  }

  /** A request of ours has not been answered to its end. */
  get isAwaitingReply(): boolean {
    return this.get("openLocal", REQUEST_KIND) > 0;
  }
}
