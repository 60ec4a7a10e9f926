import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder that is made when it is first asked for, and goes with its test. */
export function createLazyFolder(): { readonly path: () => string } & Disposable {
  let made: string | undefined;
  return {
    path: () => (made ??= mkdtempSync(join(tmpdir(), "palaver-plugin-"))),
    [Symbol.dispose]() {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
    },
  };
}
