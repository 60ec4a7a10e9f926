import { execFileSync, spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startProgram } from "../e2e/program.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { releaseChangelog } from "../../scripts/changelog.ts";

const repository = join(import.meta.dirname, "../..");

const lockfile = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  packages/app:
    dependencies:
      '@x/base':
        specifier: workspace:*
        version: link:../base

  packages/base: {}
`;

/** A clone of a small workspace: two packages, of which `@x/app` needs `@x/base`. */
function createWorkspace(registry = "") {
  const folder = createTemporaryFolder();
  const root = join(folder.path, "workspace");
  const write = (name: string, text: string) => folder.write(join("workspace", name), text);
  const writeJson = (name: string, json: object) => write(name, `${JSON.stringify(json, undefined, 2)}\n`);
  const shared = { version: "0.1.0", license: "MIT", publishConfig: { registry } };
  writeJson("package.json", {
    name: "small",
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { build: "node -e 0" },
  });
  writeJson("packages/app/package.json", {
    name: "@x/app",
    ...shared,
    dependencies: { "@x/base": "workspace:*" },
  });
  writeJson("packages/base/package.json", { name: "@x/base", ...shared });
  write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
  write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n");
  write(".gitignore", "node_modules/\nrelease/\n");
  mkdirSync(join(root, "scripts"));
  for (const name of [
    "release.mjs",
    "changelog.ts",
    "pnpm.mjs",
    "pack.mjs",
    "licences.mjs",
    "licence-rule.ts",
  ])
    cpSync(join(repository, "scripts", name), join(root, "scripts", name));
  write("pnpm-lock.yaml", lockfile);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  const commit = () => git("add", "--all") + git("commit", "--quiet", "--message", "test: a state");
  commit();
  return {
    root,
    write,
    git,
    commit,
    release: (...args: string[]) =>
      spawnSync(process.execPath, ["scripts/release.mjs", ...args], { cwd: root, encoding: "utf8" }),
    read: (name: string) => readFileSync(join(root, name), "utf8"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describe("a release", () => {
  test("of a dry run changes nothing but the folder of packages", () => {
    using workspace = createWorkspace();
    const before = workspace.git("rev-parse", "HEAD");
    const { status, stdout, stderr } = workspace.release("0.2.0", "--dry-run");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("Dry run: no commit, no tag, nothing published.\n");
    expect(workspace.git("rev-parse", "HEAD")).toBe(before);
    expect(workspace.git("status", "--porcelain") + workspace.git("tag")).toBe("");
    expect(readdirSync(join(workspace.root, "release")).toSorted()).toEqual([
      "SHA256SUMS",
      "licences.txt",
      "x-app-0.2.0.cdx.json",
      "x-app-0.2.0.tgz",
      "x-base-0.2.0.cdx.json",
      "x-base-0.2.0.tgz",
    ]);
    const packed = execFileSync("tar", ["-xzOf", "release/x-app-0.2.0.tgz", "package/package.json"], {
      cwd: workspace.root,
      encoding: "utf8",
    });
    expect(JSON.parse(packed)).toMatchObject({ version: "0.2.0", dependencies: { "@x/base": "0.2.0" } });
    for (const [, sum, name] of workspace.read("release/SHA256SUMS").matchAll(/^(\w+) {2}(.+)$/gm))
      expect(hash("sha256", readFileSync(join(workspace.root, "release", name!)))).toBe(sum);
    expect(JSON.parse(workspace.read("release/x-app-0.2.0.cdx.json"))).toMatchObject({
      bomFormat: "CycloneDX",
    });
  }, 120_000);

  test("commits, tags, and publishes what others need first", async () => {
    const published: string[] = [];
    const registry = createServer((request, response) => {
      if (request.method === "PUT") published.push(decodeURIComponent(request.url ?? ""));
      request.resume().on("end", () => response.writeHead(request.method === "PUT" ? 201 : 404).end("{}"));
    }).listen(0, "127.0.0.1");
    await once(registry, "listening");
    const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    using workspace = createWorkspace(`http://${host}/`);
    await using program = startProgram(process.execPath, ["scripts/release.mjs", "0.2.0", "--publish"], {
      cwd: workspace.root,
      env: { ...process.env, [`npm_config_//${host}/:_authToken`]: "nobody" } as Record<string, string>,
    });
    const { code, stderr } = await program.exited;
    registry.close();
    expect(code, stderr).toBe(0);
    expect(published).toEqual(["/@x/base", "/@x/app"]);
    expect(workspace.git("log", "-1", "--format=%s %an")).toBe("chore(release): 0.2.0 Ada\n");
    expect(workspace.git("describe")).toBe("v0.2.0\n");
    expect(workspace.git("status", "--porcelain")).toBe("");
    expect(workspace.read("CHANGELOG.md")).toMatch(
      /^# Changelog\n\n## Unreleased\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n### Added\n\n- A thing\.\n$/,
    );
    for (const name of [".", "packages/app", "packages/base"])
      expect(JSON.parse(workspace.read(`${name}/package.json`))).toMatchObject({ version: "0.2.0" });
  }, 120_000);

  test("is refused where something is missing, and says what", () => {
    using workspace = createWorkspace();
    const refusal = (...args: string[]) => {
      const { status, stderr } = workspace.release(...args);
      expect(status).toBe(1);
      return stderr;
    };
    expect(refusal()).toBe(
      "release: which version? Write release VERSION [--dry-run] [--publish] [--to DIRECTORY]\n",
    );
    expect(refusal("0.2.0", "--publish", "--dry-run")).toContain("publishes nothing");
    expect(refusal("0.0.9")).toBe("release: 0.0.9 is older than 0.1.0\n");
    workspace.git("tag", "v0.2.0");
    expect(refusal("0.2.0")).toBe("release: the tag v0.2.0 is there already\n");
    expect(refusal("0.2.1", "--dry-run", "--to", "packages")).toContain("packages is not empty");
    expect(refusal("0.1.1")).toContain("entries under Added: 0.1.1 after 0.1.0 is too small a step");
    workspace.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n");
    expect(refusal("0.3.0")).toBe("release: commit or remove what `git status` shows\n");
    workspace.commit();
    expect(refusal("0.3.0")).toBe("release: CHANGELOG.md has nothing under Unreleased\n");
  }, 120_000);
});

test.each([
  { group: "Fixed", current: "0.1.0", version: "0.1.1", isEnough: true },
  { group: "Added", current: "0.1.0", version: "0.1.1", isEnough: false },
  { group: "Breaking", current: "0.1.0", version: "0.2.0", isEnough: true },
  { group: "Breaking", current: "1.1.0", version: "1.2.0", isEnough: false },
  { group: "Breaking", current: "1.1.0", version: "2.0.0", isEnough: true },
])(
  "after $current, $version is enough for what is $group: $isEnough",
  ({ group, current, version, isEnough }) => {
    const text = `# Changelog\n\n## Unreleased\n\n### ${group}\n\n- One.\n\n## ${current}\n\n### Breaking\n\n- Old.\n`;
    const release = () => releaseChangelog(text, { version, current, date: "2026-01-01", isFirst: false });
    if (isEnough)
      expect(release()).toContain(`## Unreleased\n\n## ${version} (2026-01-01)\n\n### ${group}\n`);
    else expect(release).toThrow("is too small a step");
  },
);
