import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand, startProgram } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { findTool } from "./tools.ts";

const repository = join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(repository, "deploy", name), "utf8");

test("the unit's commands start a hub, reload it and find it well", async () => {
  using folder = createTemporaryFolder();
  const unit = read("palaver.service");
  const [, start = ""] = /^ExecStart=(.+)$/m.exec(unit) ?? [];
  const [, node = "", bin = "", ...options] = start.match(/^(\S+\/node) \/opt\/palaver\/(\S+) (.+)$/) ?? [];
  expect(node).toBe("/opt/palaver/node_modules/.bin/node");
  const config = folder.write(
    "etc/palaver.toml",
    'listen = ["udp://127.0.0.1:0"]\n[plugins.dict]\nenabled = false\n',
  );
  const data = join(folder.path, "lib");
  const args = (options[0] ?? "")
    .replace("/etc/palaver/palaver.toml", config)
    .replace("/var/lib/palaver", data);
  const palaverd = join(repository, bin);
  await using hub = startProgram(process.execPath, [palaverd, ...args.split(" ")]);
  await hub.prints("palaverd ready\n");
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  hub.signal("SIGHUP");
  await hub.complains("configuration reloaded");
  // As the container's health is asked for: without options.
  const { code, stdout } = await runCommand(palaverd, ["status", "--data", data]);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("palaverd ") as string });
  hub.signal("SIGTERM");
  expect((await hub.exited).code).toBe(0);
});

test("the command that is installed beside the unit passes everything on", async () => {
  using folder = createTemporaryFolder();
  const clone = join(folder.path, "clone");
  folder.write("palaverd", read("palaverd").replaceAll("/opt/palaver", clone));
  folder.write(
    "clone/packages/server/bin/palaverd.mjs",
    "console.log(JSON.stringify(process.argv.slice(2)))",
  );
  mkdirSync(join(clone, "node_modules/.bin"), { recursive: true });
  symlinkSync(process.execPath, join(clone, "node_modules/.bin/node"));
  const { stdout } = spawnSync(
    "/bin/sh",
    [join(folder.path, "palaverd"), "status", "a b", "--data", "$HOME"],
    {
      encoding: "utf8",
    },
  );
  expect(JSON.parse(stdout)).toEqual(["status", "a b", "--data", "$HOME"]);
});

test("the unit leaves little open, and less without programs", () => {
  using folder = createTemporaryFolder();
  const exposure = (unit: string) => {
    const file = folder.write("palaver.service", unit);
    const { stdout } = spawnSync(
      findTool("systemd-analyze"),
      ["security", "--offline=true", "--no-pager", file],
      {
        encoding: "utf8",
      },
    );
    return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
  };
  const unit = read("palaver.service");
  const withoutPrograms = unit.replace(
    "[Install]",
    `${read("no-exec.conf").replace("[Service]", "")}\n[Install]`,
  );
  expect(exposure(unit)).toBeLessThanOrEqual(3);
  expect(exposure(withoutPrograms)).toBeLessThanOrEqual(1.5);
});

test("the image runs no root, knows its health, and copies what is there", () => {
  const lines = read("Dockerfile").split("\n");
  const instructions = lines.filter((line) => /^[A-Z]+ /.test(line)).map((line) => line.split(" "));
  const last = (name: string) => instructions.findLast(([instruction]) => instruction === name);
  expect(last("USER")).toEqual(["USER", "palaver"]);
  expect(last("HEALTHCHECK")?.join(" ")).toContain('CMD ["palaverd", "status"]');
  expect(instructions.filter(([instruction]) => instruction === "FROM")).toHaveLength(2);
  const deployed = /ln -s \/opt\/palaver\/(\S+) /.exec(read("Dockerfile"))?.[1] ?? "";
  expect(existsSync(join(repository, "packages/server", deployed))).toBe(true);
  expect(read("../.dockerignore").split("\n")).toContain("**/node_modules");
});
