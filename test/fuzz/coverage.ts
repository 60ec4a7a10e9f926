import { Session } from "node:inspector/promises";

/** Tells which code of ours ran that had not run before. */
export interface Coverage extends Disposable {
  /** Whether something new ran since the last time that this was asked; it is new until it is remembered. */
  isNew(options: { readonly remember: boolean }): Promise<boolean>;
}

export async function watchCoverage(): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const seen = new Set<string>();
  return {
    async isNew({ remember }) {
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
      if (remember) for (const block of fresh) seen.add(block);
      return fresh.length > 0;
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}
