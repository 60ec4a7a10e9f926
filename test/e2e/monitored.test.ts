import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { startHub } from "./hub-process.ts";
import { palaverd, runCommand } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

const onlyEcho = ["dict", "exec", "chat", "files"]
  .map((name) => `[plugins.${name}]\nenabled = false\n`)
  .join("");

test("a port of the monitor that is taken is said in one line, with status 4, and nothing else is opened", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  using folder = createTemporaryFolder();
  const config = folder.write(
    "palaver.toml",
    `listen = ["udp://127.0.0.1:0"]\nmetrics = "127.0.0.1:${port}"\n${onlyEcho}`,
  );
  const { code, stdout, stderr } = await runCommand(palaverd, ["--config", config, "--data", folder.path]);
  taken.close();
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toBe(
    `${config}:2: metrics: cannot listen on http://127.0.0.1:${port}: the port is taken; choose another address\n`,
  );
});

test("the monitor ends with the hub, also while pages listen", async () => {
  await using hub = await startHub({ config: `metrics = "127.0.0.1:0"\n${onlyEcho}` });
  const url = () => /"url":"(http:[^"]+)"/.exec(hub.process.stderr)?.[1] ?? "";
  await until("the log says where the monitor listens", () => url() !== "");
  const events = await fetch(`${url()}/events`);
  expect((await fetch(`${url()}/readyz`)).status).toBe(200);
  hub.process.signal("SIGTERM");
  expect((await hub.process.exited).code).toBe(0);
  // It was ended, not cut off.
  expect(await events.text()).toContain("data: ");
});
