import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // Real processes, sockets and terminals on a machine with two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Who waited in vain, perhaps on a machine that was busy otherwise, waits once more; what is wrong fails at once.
    retry: { count: 1, condition: /not within \d+ ms|timed out in \d+ ?ms/ },
    // Loads plugins as the hub does, with Node's own loader and the hub's hooks in it.
    server: { deps: { external: [/author-modules/] } },
  },
});
