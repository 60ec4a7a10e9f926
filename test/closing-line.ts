import type { Reporter, TestModule } from "vitest/node";

/** Names the tests that passed only the second time, and why, and ends a run with the line `N passed, N failed` that machines read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    for (const module of modules) {
      // A file that cannot even be collected has no tests to fail.
      if (module.state() === "failed" && module.children.size === 0) failed++;
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        if (test.diagnostic()?.flaky) {
          const reasons = errors.map(({ message }) => `  ${message}\n`).join("");
          process.stdout.write(`passed only the second time: ${test.fullName}\n${reasons}`);
        }
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
    }
    process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  }
}
