import { existsSync, lstatSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isRunningHub } from "../../src/cli/control/running-process.ts";
import { socketPath } from "../../src/cli/control/place.ts";
import { palaverd, runCommand, startProgram, type Exit, type Program } from "../../../../test/e2e/program.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { until } from "../../../../test/e2e/until.ts";

const onlyEcho =
  "[plugins.dict]\nenabled = false\n[plugins.exec]\nenabled = false\n[plugins.chat]\nenabled = false\n[plugins.files]\nenabled = false\n";
const listen = 'listen = ["udp://127.0.0.1:0"]\n';

/** A folder with a configuration whose data directory lies in it, and commands on that. */
function createHubFolder(data = "data") {
  const folder = createTemporaryFolder();
  const configure = (more: string) =>
    folder.write("palaver.toml", `data = "${data}"\n${listen}${onlyEcho}${more}`);
  const config = configure("");
  return {
    path: folder.path,
    data: join(folder.path, data),
    configure,
    command: (...args: string[]): Promise<Exit> => runCommand(palaverd, [...args, "--config", config]),
    start: (): Program => startProgram(process.execPath, [palaverd, "--config", config]),
    write: folder.write,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describe("a hub that runs", () => {
  test("tells its status, to people and to programs", async () => {
    using folder = createHubFolder();
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    const [, url = ""] = /listening (\S+)/.exec(hub.stdout)!;
    const { stdout, code } = await folder.command("status");
    expect(code).toBe(0);
    for (const row of [
      `pid        ${hub.pid}`,
      `listening  ${url}`,
      "plugins    echo",
      `data       ${folder.data}`,
    ]) {
      expect(stdout).toContain(`${row}\n`);
    }
    expect(stdout).toMatch(/^uptime     \d+ s$/m);
    const json = JSON.parse((await folder.command("status", "--json")).stdout) as unknown;
    expect(json).toMatchObject({
      pid: hub.pid,
      listeners: [{ url }],
      plugins: [{ name: "echo", state: "on", isolation: "none", calls: 0, faults: 0, needs: [] }],
      rooms: 0,
      usersOnline: 0,
      dataDirectory: folder.data,
      memory: { rss: expect.any(Number) as number },
    });
  });

  test("reloads when told, and says why it does not", async () => {
    using folder = createHubFolder();
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    const plugins = async () =>
      (
        JSON.parse((await folder.command("status", "--json")).stdout) as { plugins: { name: string }[] }
      ).plugins.map(({ name }) => name);
    folder.write("extra.mjs", 'export default { name: "extra", api: 1, setup: () => ({}) };');
    folder.configure('[plugins.extra]\nfrom = "./extra.mjs"\n');
    expect(await folder.command("reload")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await plugins()).toEqual(["echo", "extra"]);
    folder.configure("[limits]\nhandshakes_per_second = 7\n");
    expect(await folder.command("reload")).toEqual({
      code: 0,
      stdout: "",
      stderr: "palaverd: limits.handshakes_per_second: changed, and in force from the next start\n",
    });
    folder.configure('[plugins.extra]\nfrom = "./extra.mjs"\nvolume = 11\n');
    const refused = await folder.command("reload");
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toMatch(/palaver\.toml:13: plugins\.extra\.volume: .+\n$/);
    expect(await plugins()).toEqual(["echo"]);
  });

  test("stops when told, and is gone then", async () => {
    using folder = createHubFolder();
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    // A configuration that would be refused must not keep a hub from being stopped.
    folder.configure("foo = 1");
    expect(await folder.command("stop")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(isRunningHub(hub.pid)).toBe(false);
    expect((await hub.exited).code).toBe(0);
  });

  test("answers rubbish on its control socket and lives", async () => {
    using folder = createHubFolder();
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    const ask = (bytes: string) =>
      new Promise<string>((resolve) => {
        let text = "";
        const socket = createConnection(join(folder.data, "palaverd.sock"), () => socket.write(bytes));
        socket.on("data", (chunk) => (text += String(chunk)));
        socket.on("error", () => {});
        socket.on("close", () => resolve(text));
      });
    expect(JSON.parse(await ask("rubbish\n"))).toMatchObject({ ok: false });
    expect(JSON.parse(await ask("null\n"))).toMatchObject({ ok: false });
    expect(JSON.parse(await ask('{"command":"__proto__"}\n'))).toMatchObject({ ok: false });
    expect(await ask("x".repeat(100_000))).toBe("");
    expect((await folder.command("status")).code).toBe(0);
  });

  test("that was killed leaves files behind, which the next one replaces", async () => {
    using folder = createHubFolder();
    await using killed = folder.start();
    await killed.prints("palaverd ready\n");
    killed.signal("SIGKILL");
    await killed.exited;
    expect(existsSync(join(folder.data, "palaverd.sock"))).toBe(true);
    const notRunning = `palaverd is not running (data directory ${folder.data}); see --data and --config\n`;
    for (const command of ["status", "reload", "stop"]) {
      expect(await folder.command(command)).toEqual({ code: 1, stdout: "", stderr: notRunning });
    }
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    expect((await folder.command("status")).stdout).toContain(`pid        ${hub.pid}\n`);
  });

  test("leaves the control of its data directory to the first one there", async () => {
    using folder = createHubFolder();
    await using first = folder.start();
    await first.prints("palaverd ready\n");
    await using second = folder.start();
    await second.prints("palaverd ready\n");
    await second.complains("another hub runs on this data directory");
    second.signal("SIGTERM");
    expect((await second.exited).code).toBe(0);
    expect((await folder.command("status")).stdout).toContain(`pid        ${first.pid}\n`);
  });

  test("is reached by a short path when its data directory's is too long for a socket", async () => {
    using folder = createHubFolder(`${"long-".repeat(30)}/data`);
    await using hub = folder.start();
    await hub.prints("palaverd ready\n");
    const path = socketPath(folder.data);
    expect(path.startsWith(folder.data)).toBe(false);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(await folder.command("stop")).toMatchObject({ code: 0 });
    expect(existsSync(path)).toBe(false);
  });
});

describe("a hub in the background", () => {
  test("is started, ready when the command returns, and logs to files", async () => {
    using folder = createHubFolder();
    const started = await folder.command("start", "--detach");
    try {
      expect(started).toMatchObject({ code: 0, stderr: "" });
      expect(started.stdout).toMatch(/^palaverd listening udp:\/\/127\.0\.0\.1:[1-9]\d+\npalaverd ready\n$/);
      const pid = Number(readFileSync(join(folder.data, "palaverd.pid"), "utf8"));
      const again = await folder.command("start", "--detach");
      expect(again).toMatchObject({ code: 1, stdout: "" });
      expect(again.stderr).toMatch(
        new RegExp(`^palaverd is already running \\(pid ${pid}, data directory .*\\n$`),
      );
      expect(readFileSync(join(folder.data, "log/palaver.log"), "utf8")).toContain('"msg":"listening"');
      expect(readFileSync(join(folder.data, "log/palaver.error.log"), "utf8")).toBe("");
    } finally {
      expect(await folder.command("stop")).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    expect(readFileSync(join(folder.data, "log/palaverd.stderr"), "utf8")).toBe("");
    expect(readFileSync(join(folder.data, "log/palaver.log"), "utf8")).toContain('"msg":"stopped"');
    expect((await folder.command("status")).code).toBe(1);
  });

  test("is stopped by a signal when its socket is gone", async () => {
    using folder = createHubFolder();
    expect((await folder.command("start", "--detach")).code).toBe(0);
    const pid = Number(readFileSync(join(folder.data, "palaverd.pid"), "utf8"));
    rmSync(join(folder.data, "palaverd.sock"));
    const status = await folder.command("status");
    expect(status).toMatchObject({
      code: 1,
      stderr: `palaverd (pid ${pid}) does not answer; stop it with kill ${pid}\n`,
    });
    expect((await folder.command("stop")).code).toBe(0);
    await until("its pid file is gone", () => !existsSync(join(folder.data, "palaverd.pid")));
  });
});
