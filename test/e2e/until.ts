import { setTimeout as wait } from "node:timers/promises";

const lookEveryMs = 10;

/**
 * Looks again and again until `probe` gives something, and gives that back.
 * @param what is said, with `detail`, when it does not come true in time.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 15_000, detail = () => "" }: { timeoutMs?: number; detail?: () => string } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}\n${detail()}`);
    await wait(lookEveryMs);
  }
}
