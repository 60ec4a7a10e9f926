import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { palaverd, runCommand, startProgram, type Program } from "../../../../test/e2e/program.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";

// Every plugin takes its time to start; the ones that need nothing are enough here.
const onlyEcho =
  "[plugins.dict]\nenabled = false\n[plugins.exec]\nenabled = false\n[plugins.chat]\nenabled = false\n[plugins.files]\nenabled = false\n";
const anyPort = ["--listen", "udp://127.0.0.1:0"];

function start(folder: TemporaryFolder, args: readonly string[] = anyPort, config = onlyEcho): Program {
  const file = folder.write("palaver.toml", config);
  return startProgram(process.execPath, [
    palaverd,
    "--config",
    file,
    "--data",
    join(folder.path, "data"),
    ...args,
  ]);
}

function run(folder: TemporaryFolder, args: readonly string[], config = onlyEcho) {
  folder.write("palaver.toml", config);
  return runCommand(palaverd, args, {
    cwd: folder.path,
    env: { XDG_STATE_HOME: join(folder.path, "state") },
  });
}

describe("a hub in the foreground", () => {
  test("says where it listens and that it is ready, and nothing else on standard output", async () => {
    using folder = createTemporaryFolder();
    const listen = ["udp://127.0.0.1:0", "tcp://[::1]:0=echo", "udp://localhost:0=echo"];
    await using hub = start(
      folder,
      listen.flatMap((url) => ["--listen", url]),
    );
    await hub.prints("palaverd ready\n");
    hub.signal("SIGTERM");
    const { code, stdout, stderr } = await hub.exited;
    expect(stdout).toMatch(
      /^palaverd listening udp:\/\/127\.0\.0\.1:[1-9]\d+\npalaverd listening tcp:\/\/\[::1\]:[1-9]\d+ echo\npalaverd listening udp:\/\/localhost:[1-9]\d+ echo\npalaverd ready\n$/,
    );
    expect(code).toBe(0);
    for (const line of stderr.trim().split("\n")) expect(JSON.parse(line)).toMatchObject({ level: "info" });
    expect(stderr).toContain('"stopped"');
  });

  test("makes its data directory for its owner alone, and leaves neither pid file nor socket behind", async () => {
    using folder = createTemporaryFolder();
    await using hub = start(folder);
    await hub.prints("palaverd ready\n");
    const data = join(folder.path, "data");
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, "palaverd.sock")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(data, "palaverd.pid"), "utf8")).toBe(`${hub.pid}\n`);
    hub.signal("SIGINT");
    expect((await hub.exited).code).toBe(0);
    expect(existsSync(join(data, "palaverd.pid"))).toBe(false);
    expect(existsSync(join(data, "palaverd.sock"))).toBe(false);
  });

  test("goes on when the reader of its output has gone", async () => {
    using folder = createTemporaryFolder();
    await using hub = start(folder);
    hub.closeOutput();
    await hub.complains('"msg":"listening"');
    hub.signal("SIGTERM");
    expect((await hub.exited).code).toBe(0);
  });

  test("stops also while it is starting, and says nothing then", async () => {
    using folder = createTemporaryFolder();
    const setup = `async setup() {
      const heard = new Promise((resolve) => process.once("SIGTERM", resolve));
      process.kill(process.pid, "SIGTERM");
      await heard;
      return {};
    }`;
    folder.write("slow.mjs", `export default { name: "slow", api: 1, ${setup} };`);
    await using hub = start(folder, anyPort, `${onlyEcho}[plugins.slow]\nfrom = "./slow.mjs"\n`);
    const { code, stdout, stderr } = await hub.exited;
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain('"stopped"');
  });

  test("ends with 1 and says why when it has a fault", async () => {
    using folder = createTemporaryFolder();
    const fault = folder.write(
      "fault.mjs",
      'process.on("SIGUSR2", () => { throw new Error("a fault\\nof its own"); });',
    );
    const file = folder.write("palaver.toml", onlyEcho);
    const args = [
      "--import",
      fault,
      palaverd,
      "--config",
      file,
      "--data",
      join(folder.path, "data"),
      ...anyPort,
    ];
    await using hub = startProgram(process.execPath, args);
    await hub.prints("palaverd ready\n");
    hub.signal("SIGUSR2");
    const { code, stderr } = await hub.exited;
    expect(code).toBe(1);
    const last = JSON.parse(stderr.trim().split("\n").at(-1)!) as object;
    expect(last).toMatchObject({ level: "fatal", err: { message: "a fault\nof its own" } });
  });

  test("writes its log to files too, errors apart", async () => {
    using folder = createTemporaryFolder();
    const logs = join(folder.path, "logs/deep");
    await using hub = start(folder, [...anyPort, "--log-dir", logs]);
    await hub.prints("palaverd ready\n");
    folder.write("palaver.toml", "foo = 1");
    hub.signal("SIGHUP");
    await hub.complains("configuration not reloaded");
    hub.signal("SIGTERM");
    const { stderr } = await hub.exited;
    expect(readFileSync(join(logs, "palaver.log"), "utf8")).toBe(stderr);
    const errors = readFileSync(join(logs, "palaver.error.log"), "utf8").trim().split("\n");
    expect(errors).toHaveLength(1);
    expect(JSON.parse(errors[0]!)).toMatchObject({
      level: "error",
      msg: expect.stringContaining("palaver.toml:1: foo: unknown setting") as string,
    });
  });

  test("is pretty and quiet as it is told", async () => {
    using folder = createTemporaryFolder();
    await using pretty = start(folder, [...anyPort, "--log-format", "pretty"]);
    await pretty.complains(/^\[[\d:.]+\] INFO: listening \{.*"url":"udp:\/\/127\.0\.0\.1:/);
    await using silent = start(folder, [...anyPort, "--log-level", "silent"]);
    await silent.prints("palaverd ready\n");
    silent.signal("SIGTERM");
    expect(await silent.exited).toMatchObject({ code: 0, stderr: "" });
  });
});

test("a log directory that cannot be used is refused in one line, with 3", async () => {
  using folder = createTemporaryFolder();
  const exit = await run(folder, ["--log-dir", "/dev/null/x"]);
  expect(exit).toMatchObject({ code: 3, stdout: "" });
  expect(exit.stderr).toMatch(/^--log-dir: no log can be written to \/dev\/null\/x: a part of .*\n$/);
});

test("a refusal is the same line, and the only one, from run, check and start, at any log level", async () => {
  using folder = createTemporaryFolder();
  const config = `${onlyEcho}[plugins.echo]\nvolume = 11\n`;
  const args = ["--config", "palaver.toml", "--log-level", "trace", ...anyPort];
  const exits = await Promise.all([
    run(folder, args, config),
    run(folder, [...args, "check"], config),
    run(folder, [...args, "start", "--detach", "--data", "other"], config),
  ]);
  for (const exit of exits) {
    expect(exit).toMatchObject({ code: 3, stdout: "" });
    expect(exit.stderr).toMatch(/^palaver\.toml:10: plugins\.echo\.volume: [^\n]+\n$/);
  }
});

test("a port that is taken is named, also by a start in the background", async () => {
  using folder = createTemporaryFolder();
  await using hub = start(folder, ["--listen", "tcp://127.0.0.1:0"]);
  await hub.prints("palaverd ready\n");
  const [, url = ""] = /listening (\S+)/.exec(hub.stdout)!;
  const reason = "the port is taken; stop what uses it or choose another with --listen";
  const expected = { code: 4, stdout: "", stderr: `cannot listen on ${url}: ${reason}\n` };
  expect(await run(folder, ["--listen", url])).toEqual(expected);
  expect(await run(folder, ["start", "--detach", "--listen", url])).toEqual(expected);
});

test("check says that a configuration holds, and touches nothing", async () => {
  using folder = createTemporaryFolder();
  const exit = await run(folder, ["check", "--config", "palaver.toml"]);
  expect(exit).toEqual({ code: 0, stdout: "palaver.toml: holds (plugins: echo)\n", stderr: "" });
  expect(existsSync(join(folder.path, "state"))).toBe(false);
});
