// Makes a release of what is committed: `npx -y pnpm@12 release VERSION [--dry-run] [--publish] [--to DIRECTORY]`.
//
// Everything is made in a clone of its own, so that nothing counts that is not committed, and nothing changes here
// before all of it is done. Then, without --dry-run, the branch gets the commit and the tag; with --publish the
// packages go to the registry, each after those that it needs. Nothing is pushed.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { releaseChangelog } from "./changelog.ts";
import { runPnpm } from "./pnpm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (text) => process.stdout.write(`${text}\n`);

function run(file, args, cwd = root) {
  return execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

function readArguments() {
  const options = {
    "dry-run": { type: "boolean" },
    publish: { type: "boolean" },
    to: { type: "string", default: "release" },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [version = ""] = positionals;
  if (positionals.length !== 1 || !/^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/.test(version))
    throw new Error("which version? Write release VERSION [--dry-run] [--publish] [--to DIRECTORY]");
  if (values.publish && values["dry-run"])
    throw new Error("--dry-run publishes nothing; leave one of the two");
  return {
    version,
    isDry: values["dry-run"] === true,
    publishes: values.publish === true,
    to: resolve(values.to),
  };
}

/** What must hold before anything is made. @throws {Error} with what does not. */
function checkState({ version, to }) {
  if (existsSync(to) && readdirSync(to).length > 0) throw new Error(`${to} is not empty; see --to`);
  if (run("git", ["status", "--porcelain"]) !== "")
    throw new Error("commit or remove what `git status` shows");
  if (run("git", ["branch", "--show-current"]) === "") throw new Error("no branch is checked out");
  if (run("git", ["tag", "--list", `v${version}`]) !== "")
    throw new Error(`the tag v${version} is there already`);
  const { version: current } = readJson(join(root, "package.json"));
  for (const file of globSync("packages/*/package.json", { cwd: root })) {
    const { version: own } = readJson(join(root, file));
    if (own !== current) throw new Error(`${file} has version ${own}, the workspace ${current}`);
  }
  if (compareVersions(version, current) < 0) throw new Error(`${version} is older than ${current}`);
  return { current, isFirst: run("git", ["tag", "--list", "v*"]) === "" };
}

function compareVersions(one, other) {
  const [mine, theirs] = [one, other].map((version) => version.split(/[.-]/, 3).map(Number));
  const at = mine.findIndex((part, index) => part !== theirs[index]);
  return at < 0 ? 0 : mine[at] - theirs[at];
}

/** Writes the version and the changelog into the clone, with their commit and tag. */
function commitRelease(clone, version, state) {
  const files = ["package.json", ...globSync("packages/*/package.json", { cwd: clone })];
  for (const file of files) {
    const text = readFileSync(join(clone, file), "utf8");
    writeFileSync(join(clone, file), text.replace(/^( {2}"version": )".*"/m, `$1"${version}"`));
  }
  const changelog = join(clone, "CHANGELOG.md");
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(changelog, releaseChangelog(readFileSync(changelog, "utf8"), { version, date, ...state }));
  run("git", ["commit", "--quiet", "--all", "--message", `chore(release): ${version}`], clone);
  run("git", ["tag", "--annotate", `v${version}`, "--message", `palaver ${version}`], clone);
}

/** The packages' files, each after those that it needs. */
function publishOrder(clone) {
  const left = globSync("packages/*/package.json", { cwd: clone })
    .map((file) => readJson(join(clone, file)))
    .filter((one) => one.private !== true);
  const ordered = [];
  while (left.length > 0) {
    const isWaiting = ({ dependencies = {} }) => left.some(({ name }) => name in dependencies);
    const next = left.findIndex((one) => !isWaiting(one));
    if (next < 0)
      throw new Error(`these packages need each other: ${left.map(({ name }) => name).join(", ")}`);
    ordered.push(...left.splice(next, 1));
  }
  return ordered.map(({ name, version }) => `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

function release(options) {
  const { version, isDry, publishes, to } = options;
  const state = checkState(options);
  const folder = mkdtempSync(join(tmpdir(), "palaver-release-"));
  const clone = join(folder, "palaver");
  try {
    run("git", ["clone", "--quiet", "--no-hardlinks", root, clone]);
    // Who commits here commits there.
    for (const key of ["user.name", "user.email"])
      run("git", ["config", key, run("git", ["config", key]).trim()], clone);
    commitRelease(clone, version, state);
    say(`${version} after ${state.current}: building it in ${clone}`);
    runPnpm(["install", "--frozen-lockfile"], clone);
    // Not every registry answers this; pnpm says so then.
    runPnpm(["audit", "--prod", "--ignore-registry-errors"], clone);
    runPnpm(["run", "build"], clone);
    run(process.execPath, [join(clone, "scripts/pack.mjs"), to]);
    const files = publishOrder(clone);
    for (const file of files) say(`packed ${join(to, file)}`);
    if (isDry) {
      say("Dry run: no commit, no tag, nothing published.");
      return;
    }
    run("git", ["pull", "--quiet", "--ff-only", "--tags", clone, "HEAD"]);
    say(`committed and tagged v${version}; push them with: git push --follow-tags`);
    if (!publishes) {
      say("Nothing is published. Each of these lines does it for one package, in this order:");
      for (const file of files) say(`  npm publish ${publishArguments(to, file, version).join(" ")}`);
      return;
    }
    for (const file of files) {
      run("npm", ["publish", ...publishArguments(to, file, version)], folder);
      say(`published ${file}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A version before the release must not become what `npm install` takes. */
function publishArguments(to, file, version) {
  return [join(to, file), "--tag", version.includes("-") ? "next" : "latest"];
}

try {
  release(readArguments());
} catch (error) {
  process.stderr.write(`release: ${error.message}\n`);
  process.exitCode = 1;
}
