import { readFile } from "node:fs/promises";

// After a time limit: what is merely busy answers within this, also on a crowded machine.
const loopGraceMs = 2000;
const idleCheckMs = 10_000;
const memoryCheckMs = 250;
const pageBytes = 4096;
// What Node itself needs besides the plugin's own.
const ownMib = 192;

export interface WatchdogOptions {
  readonly memoryMib: number;
  ping(id: number): void;
  /** While calls are under way their own time limits hold. */
  isBusy(): boolean;
  onDead(why: string): void;
}

/** Notices a worker that answers no more, or that holds too much memory. */
export interface Watchdog extends Disposable {
  /** Gives the worker two seconds to show that its loop turns. */
  expectAnswer(why: string): void;
  answered(id: number): void;
}

export function watchWorker(pid: number, options: WatchdogOptions): Watchdog {
  const waiting = new Map<number, NodeJS.Timeout>();
  let pings = 0;
  const expect = (withinMs: number, onSilence: () => void) => {
    const id = ++pings;
    waiting.set(id, setTimeout(onSilence, withinMs));
    options.ping(id);
  };
  const idle = setInterval(() => {
    if (options.isBusy() || waiting.size > 0) return;
    expect(idleCheckMs, () => {
      waiting.clear();
      if (!options.isBusy()) options.onDead(`did not answer for ${idleCheckMs / 1000} s outside a call`);
    });
  }, idleCheckMs).unref();
  // V8's own limit is for its heap; buffers lie outside of it. Only Linux tells.
  const maxBytes = (options.memoryMib + ownMib) * 1024 * 1024;
  const look = async () => {
    const statm = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "");
    if (Number(statm.split(" ")[1]) * pageBytes > maxBytes) {
      options.onDead(`held more than ${options.memoryMib} MiB of memory`);
    }
  };
  const memory = setInterval(() => void look(), memoryCheckMs).unref();
  return {
    expectAnswer(why) {
      expect(loopGraceMs, () => options.onDead(why));
    },
    answered(id) {
      clearTimeout(waiting.get(id));
      waiting.delete(id);
    },
    [Symbol.dispose]() {
      clearInterval(idle);
      clearInterval(memory);
      for (const timer of waiting.values()) clearTimeout(timer);
    },
  };
}
