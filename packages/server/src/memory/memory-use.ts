import { totalmem } from "node:os";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MemoryLimit } from "../config/memory-limit.ts";
import { tryBindLibc } from "../load-libc.ts";

// The rest is for the system, the programs that `exec` runs, and plugins in processes of their own.
const autoShare = 0.75;
// V8 works more and more on collecting garbage before its heap is full.
const heapShare = 0.85;
// Below this part of the limit nothing but the resident size is looked at.
const closeLookAt = 0.7;

/** What a limit comes to here. `auto` is a part of the memory of the machine, or of the control group. */
export function bytesOf(limit: MemoryLimit): number | undefined {
  if (limit === "off") return undefined;
  if (limit !== "auto") return limit;
  const own = process.constrainedMemory();
  const total = totalmem();
  return Math.floor(autoShare * (own > 0 && own < total ? own : total));
}

/**
 * How full the memory is, 1 being the limit: of this process, or of V8's heap, whichever is fuller. Pages of V8's heap that
 * hold nothing count as free, since what comes next is put there.
 */
export function readFill(limitBytes: number): number {
  const resident = process.memoryUsage.rss();
  if (resident < closeLookAt * limitBytes && !isHeapNearlyFull()) return resident / limitBytes;
  const heap = getHeapStatistics();
  const free = Math.max(0, heap.total_physical_size - heap.used_heap_size);
  return Math.max((resident - free) / limitBytes, heap.used_heap_size / (heapShare * heap.heap_size_limit));
}

/** Of V8's heap, with the garbage in it. */
export function usedBytes(): number {
  return getHeapStatistics().used_heap_size;
}

function isHeapNearlyFull(): boolean {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size > closeLookAt * heapShare * heap_size_limit;
}

/** What V8 shows as `gc` (src/extensions/gc-extension.cc). */
type Collect = (options: { type: "major"; execution: "sync"; flavor: "regular" | "last-resort" }) => void;

let collect: Collect | undefined;
let trim: ((pad: number) => number) | undefined;

/** Without it, or where the C library cannot do it, `collectGarbage` leaves what malloc keeps. */
export async function loadTrim(): Promise<void> {
  trim ??= await tryBindLibc(({ bind }) => bind("int malloc_trim(size_t)") as (pad: number) => number);
}

/**
 * Collects garbage, so that only what is used counts, and gives the system back what malloc keeps of it, which is more than
 * half of what a flood took; takes about 1 ms for each MiB in use.
 * @param flavor with `last-resort` V8 gives its own free pages back as well, and collects twice.
 */
export function collectGarbage(flavor: "regular" | "last-resort" = "regular"): void {
  // V8 shows its collector to contexts that are made while this flag is set.
  setFlagsFromString("--expose-gc");
  collect ??= runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor });
  trim?.(0);
}
