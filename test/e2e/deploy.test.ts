import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
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

test("what the image holds is the hub and nothing of the workspace, and runs as it does there", async () => {
  using folder = createTemporaryFolder();
  const dockerfile = read("Dockerfile");
  const [, deploy = ""] = /npx (-y pnpm@12 --filter .+ deploy .+) \/out /m.exec(dockerfile) ?? [];
  const opt = join(folder.path, "opt");
  // pnpm needs to know which registry there is, and its certificates.
  const { code, stderr } = await startProgram(findTool("npx"), [...deploy.split(" "), opt], {
    cwd: repository,
    env: process.env as Record<string, string>,
  }).exited;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const libraries = readdirSync(join(opt, "node_modules/.pnpm"));
  expect(libraries.filter((name) => /^(?:vitest|typescript|ink|@types\+react)@/.test(name))).toEqual([]);
  const own = globSync(["*", "node_modules/.pnpm/@palaver*/node_modules/@palaver/*/*"], { cwd: opt });
  expect(new Set(own.map((path) => basename(path)))).toEqual(
    new Set(["README.md", "assets", "bin", "dist", "node_modules", "package.json"]),
  );

  const [, bin = ""] = /ln -s \/opt\/palaver\/(\S+) /.exec(dockerfile) ?? [];
  const palaverd = join(opt, bin);
  const [, home = ""] = /^ENV XDG_STATE_HOME=(.+)$/m.exec(dockerfile) ?? [];
  expect(dockerfile).toContain(`VOLUME ${home}/palaver\n`);
  const env = { NODE_ENV: "production", XDG_STATE_HOME: folder.path };
  await using hub = startProgram(process.execPath, [palaverd, "--listen", "udp://127.0.0.1:0"], { env });
  await hub.prints("palaverd ready\n");
  // The dictionaries come along.
  await hub.complains('"task":"dictionary"');
  expect(dockerfile).toContain('CMD ["palaverd", "status"]');
  expect(await runCommand(palaverd, ["status"], { env })).toMatchObject({ code: 0 });
  const doctor = await runCommand(palaverd, ["doctor"], { env });
  if (process.platform === "linux") expect(doctor.stdout).toMatch(/^ok +koffi /m);
  hub.signal("SIGTERM");
  expect((await hub.exited).code).toBe(0);
}, 120_000);

test("the image runs no root, and builders leave out what is of this machine", () => {
  const instructions = read("Dockerfile")
    .split("\n")
    .filter((line) => /^[A-Z]+ /.test(line));
  expect(instructions.findLast((line) => line.startsWith("USER "))).toBe("USER palaver");
  // In the root, where builders other than BuildKit look for it, too.
  const ignored = readFileSync(join(repository, ".dockerignore"), "utf8").split("\n");
  expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules", "**/dist"]));
});
