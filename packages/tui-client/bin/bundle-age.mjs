import { statSync } from "node:fs";

const changedAt = (file) => statSync(new URL(file, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether there is a bundle, and no newer build of what is in it. A package has only the bundle and no build. */
export function isBundled() {
  const builds = ["protocol", "command-help", "client", "tui-client"].map(
    (name) => `../../${name}/tsconfig.tsbuildinfo`,
  );
  return changedAt("../dist/bundle/main.js") > Math.max(...builds.map(changedAt));
}
