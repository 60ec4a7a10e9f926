import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseListeners, smallDictionary } from "./hub-process.ts";
import { palaverd, runCommand } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

test("start --detach, status, reload and stop work one after the other on one data directory", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", smallDictionary);
  folder.write("words.txt", "apple:苹果\n");
  const data = join(folder.path, "data");
  const run = (...words: string[]) => runCommand(palaverd, [...words, "--data", data, "--config", config]);

  expect(await run("stop")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/not running/),
  });
  expect(await run("status")).toMatchObject({ code: 1, stdout: "" });

  const started = await run(
    "start",
    "--detach",
    "--listen",
    "udp://127.0.0.1:0",
    "--listen",
    "udp://127.0.0.1:0=dict",
  );
  onTestFinished(async () => void (await run("stop")));
  expect(started).toMatchObject({ code: 0, stderr: "" });
  const [main, mount] = parseListeners(started.stdout);
  expect(started.stdout).toMatch(/palaverd ready\n$/);
  expect(mount?.mount).toBe("dict");
  await using peer = await openUdpPeer(main?.port ?? 0);
  expect(await peer.ask("tr apple")).toBe("apple 苹果\n");

  const again = await run("start", "--detach", "--listen", "udp://127.0.0.1:0");
  expect(again).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^palaverd is already running.*\n$/),
  });

  const status = await run("status");
  expect(status).toMatchObject({ code: 0, stderr: "" });
  expect(status.stdout).toContain(`udp://127.0.0.1:${mount?.port} dict`);
  const json = JSON.parse((await run("status", "--json")).stdout) as { pid: number; received: number };
  expect(json.received).toBeGreaterThanOrEqual(1);

  folder.write("palaver.toml", smallDictionary.replace("words", "other"));
  folder.write("other.txt", "apple:reloaded\n");
  expect(await run("reload")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(await peer.ask("tr apple")).toBe("apple reloaded\n");

  folder.write("palaver.toml", "[plugins.dict]\nfile = []\n");
  const refused = await run("reload");
  expect(refused).toMatchObject({ code: 3, stdout: "" });
  expect(refused.stderr).toMatch(/^[^\n]*palaver\.toml:2[^\n]*files[^\n]*\n$/);
  expect(await peer.ask("tr apple")).toBe("apple reloaded\n");

  expect(await run("stop")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  await until("its process is gone", () => !existsSync(`/proc/${json.pid}`));
  expect(await run("stop")).toMatchObject({ code: 1 });
});

test("start --detach passes on what makes a start fail, with its exit code", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", smallDictionary);
  const bad = folder.write("bad.toml", "nonsense\n");
  const data = ["--data", join(folder.path, "data")];
  const refused = await runCommand(palaverd, ["start", "--detach", "--config", bad, ...data]);
  expect(refused).toMatchObject({
    code: 3,
    stdout: "",
    stderr: expect.stringMatching(/^[^\n]*bad\.toml:1[^\n]*\n$/),
  });
  await using taken = await openUdpPeer(1);
  const url = `udp://127.0.0.1:${taken.port}`;
  const unbound = await runCommand(palaverd, [
    "start",
    "--detach",
    "--config",
    config,
    ...data,
    "--listen",
    url,
  ]);
  expect(unbound).toMatchObject({ code: 4, stdout: "" });
  expect(unbound.stderr).toContain(url);
});

test("a hub in the background that was killed with -9 leaves nothing in the way of the next", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", smallDictionary);
  const run = (...words: string[]) =>
    runCommand(palaverd, [...words, "--data", join(folder.path, "data"), "--config", config]);
  const first = await run("start", "--detach", "--listen", "udp://127.0.0.1:0");
  onTestFinished(async () => void (await run("stop")));
  const [listener] = parseListeners(first.stdout);
  const { pid } = JSON.parse((await run("status", "--json")).stdout) as { pid: number };
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => !existsSync(`/proc/${pid}`));
  expect(await run("status")).toMatchObject({ code: 1, stdout: "" });
  const second = await run("start", "--detach", "--listen", `udp://127.0.0.1:${listener?.port}`);
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(await run("stop")).toMatchObject({ code: 0 });
});
