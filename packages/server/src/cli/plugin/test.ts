import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "../exit.ts";
import type { World } from "../world.ts";

// A test that waits for ever would never end: Node's runner has no limit of its own.
const testTimeoutMs = 30_000;
const lendModules = new URL("lend-modules.js", import.meta.url);

/**
 * Runs tests of plugins with Node's own test runner, wherever they lie.
 * @param paths files, or folders that hold them; without any, the folder that we are in.
 * @returns 0 when all pass, 1 when one does not.
 */
export async function testPlugins(paths: readonly string[], world: World): Promise<number> {
  const files = (paths.length > 0 ? paths : ["."]).flatMap((path) => testsIn(path, world));
  if (files.length === 0) {
    throw new Failure("palaverd: there are no tests here; their names end in .test.ts");
  }
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
      `--import=${lendModules.href}`,
      "--test",
      `--test-timeout=${testTimeoutMs}`,
      ...files,
    ],
    { cwd: world.cwd, env: world.env, stdio: "inherit" },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? exitCodes.fault;
}

function testsIn(path: string, { cwd }: World): readonly string[] {
  const full = resolve(cwd, path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (!found) throw new Failure(`palaverd: there is no ${path}; name a test, or a folder of tests`);
  if (!found.isDirectory()) return [full];
  const exclude = (name: string) => name === "node_modules";
  return globSync("**/*.test.{ts,js,mjs}", { cwd: full, exclude })
    .map((file) => join(full, file))
    .toSorted();
}
