import { Session } from "node:inspector/promises";

/** Tells which code of ours ran that had not run before. */
export interface Coverage extends Disposable {
  /**
   * Whether something ran since the last time that this was asked which had not run before, of all or of single inputs:
   * the blocks that V8 tells of depend on how often each ran, so the two are not compared.
   */
  isNew(of: "many" | "one"): Promise<boolean>;
}

export async function watchCoverage(): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const seenOf = { many: new Set<string>(), one: new Set<string>() };
  return {
    async isNew(of) {
      const seen = seenOf[of];
      const { result } = await session.post("Profiler.takePreciseCoverage");
      const blocks = result
        .filter(({ url }) => url.includes("/packages/") && !url.includes("node_modules"))
        .flatMap(({ scriptId, functions }) =>
          functions.flatMap(({ ranges }) =>
            ranges
              .filter(({ count }) => count > 0)
              .map((range) => `${scriptId}:${range.startOffset}:${range.endOffset}`),
          ),
        );
      const fresh = blocks.filter((block) => !seen.has(block));
      for (const block of fresh) seen.add(block);
      return fresh.length > 0;
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}
