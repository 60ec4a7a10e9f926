import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isPluginName } from "../../config/listen-address.ts";
import { exitCodes, Failure } from "../exit.ts";
import type { World } from "../world.ts";
import { compilerSettings, pluginSource, testSource } from "./templates.ts";

/**
 * Writes a plugin and its test, and says how they are run. Nothing that is there is written over.
 * @throws {Failure} with exit code 2 for a bad name, 1 when the files cannot be written.
 */
export function writeNewPlugin(name: string, directory: string | undefined, world: World): number {
  if (!isPluginName(name)) {
    throw new Failure(
      `palaverd: ${JSON.stringify(name)} is no plugin's name; write small letters, digits and -, beginning with a letter, at most 32`,
      exitCodes.usage,
    );
  }
  const folder = resolve(world.cwd, directory ?? ".");
  const files = [
    { path: join(folder, `${name}.ts`), text: pluginSource(name) },
    { path: join(folder, `${name}.test.ts`), text: testSource(name) },
  ];
  // A project has settings of its own.
  const isProject = ["tsconfig.json", "package.json"].some((file) => existsSync(join(folder, file)));
  if (!isProject) files.push({ path: join(folder, "tsconfig.json"), text: lentTypes() });
  const taken = files.find(({ path }) => existsSync(path));
  if (taken) {
    throw new Failure(`palaverd: ${shown(taken.path, world)} is there already; take another name or --dir`);
  }
  try {
    mkdirSync(folder, { recursive: true });
    for (const { path, text } of files) writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`palaverd: the plugin cannot be written: ${reason}`, exitCodes.fault, { cause: error });
  }
  for (const { path } of files) world.printOutput(`wrote ${shown(path, world)}\n`);
  world.printOutput(`
Test it:
  ${ownCommand(world)} plugin test ${files[1]!.path}
Use it: add this to the hub's configuration, start or reload the hub, and send it: ${name} Ada
  [plugins.${name}]
  from = "${files[0]!.path}"
`);
  return exitCodes.done;
}

/** Types of what `plugin test` and the hub lend, for the editor. */
function lentTypes(): string {
  const locate = (specifier: string) =>
    fileURLToPath(import.meta.resolve(specifier)).replace(/\.js$/, ".d.ts");
  const names = ["@palaver/plugin-api", "@palaver/plugin-api/testing", "zod"];
  // The folder in which `node` is the package @types/node.
  const nodeTypes = fileURLToPath(new URL("..", import.meta.resolve("@types/node/package.json")));
  return compilerSettings(Object.fromEntries(names.map((name) => [name, [locate(name)]])), nodeTypes);
}

function shown(path: string, { cwd }: World): string {
  const near = relative(cwd, path);
  return near.startsWith("..") ? path : near;
}

/** What the reader types to run this program again, in any folder. */
function ownCommand({ env, program }: World): string {
  const folders = (env["PATH"] ?? "").split(delimiter);
  const isInstalled = folders.some((folder) => folder !== "" && existsSync(join(folder, "palaverd")));
  if (isInstalled) return "palaverd";
  // A clone brings its own Node; the one on the reader's path may be too old.
  const clone = join(import.meta.dirname, "../../../../..");
  if (existsSync(join(clone, "pnpm-workspace.yaml"))) return `npx -y pnpm@12 -C ${clone} palaverd`;
  return `node ${program}`;
}
