import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { palaverd, runCommand } from "../../../../test/e2e/program.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";

const tsc = join(import.meta.dirname, "../../../../node_modules/typescript/bin/tsc");

test("a new plugin's test passes at once in an empty folder, and its types hold", async () => {
  using folder = createTemporaryFolder();
  const run = (...args: string[]) => runCommand(palaverd, ["plugin", ...args], { cwd: folder.path });
  const made = await run("new", "my-2nd", "--dir", "plugins");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toContain("wrote plugins/my-2nd.ts\nwrote plugins/my-2nd.test.ts\n");
  expect(made.stdout).toContain(`from = "${join(folder.path, "plugins/my-2nd.ts")}"`);
  expect(await run("test", "plugins")).toMatchObject({ code: 0, stdout: expect.stringContaining("pass 3") });
  const types = spawnSync(process.execPath, [tsc, "-p", "plugins"], { cwd: folder.path, encoding: "utf8" });
  expect(types.stdout).toBe("");

  const file = join(folder.path, "plugins/my-2nd.test.ts");
  folder.write("plugins/my-2nd.test.ts", readFileSync(file, "utf8").replace("Hello, Bob", "Bye, Bob"));
  expect(await run("test", "plugins/my-2nd.test.ts")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("Bye, Bob"),
  });
});

test("a project keeps its own settings, and no file is written over", async () => {
  using folder = createTemporaryFolder();
  const run = (...args: string[]) => runCommand(palaverd, ["plugin", ...args], { cwd: folder.path });
  folder.write("package.json", "{}");
  expect((await run("new", "remind")).stdout).not.toContain("tsconfig.json");
  folder.write("remind.ts", "mine");
  expect(await run("new", "remind")).toEqual({
    code: 1,
    stdout: "",
    stderr: "palaverd: remind.ts is there already; take another name or --dir\n",
  });
  expect(readFileSync(join(folder.path, "remind.ts"), "utf8")).toBe("mine");
});

test.for([
  [["new", "../x"], 2, /^palaverd: "\.\.\/x" is no plugin's name; write small letters/],
  [["new"], 2, /^palaverd: missing required argument 'name'/],
  [["new", "x", "--dir", "/dev/null/x"], 1, /^palaverd: the plugin cannot be written: /],
  [["test", "nowhere"], 1, /^palaverd: there is no nowhere/],
  [["test"], 1, /^palaverd: there are no tests here/],
  [[], 2, /^palaverd: plugin needs a command/],
] as const)("plugin %o is refused in one line", async ([args, code, line]) => {
  using folder = createTemporaryFolder();
  const exit = await runCommand(palaverd, ["plugin", ...args], { cwd: folder.path });
  expect(exit).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(line) });
  expect(exit.stderr.trimEnd().split("\n")).toHaveLength(1);
});
