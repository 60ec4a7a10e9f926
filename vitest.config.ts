import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // Real processes, sockets and terminals on a machine with two cores.
    maxWorkers: "100%",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Races with real processes on a machine that is busy otherwise: what is wrong fails twice. Whatever passed only the
    // second time is named at the end, and is to be mended.
    retry: 1,
    // Loads plugins as the hub does, with Node's own loader and the hub's hooks in it.
    server: { deps: { external: [/author-modules/] } },
  },
});
