import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { findTool } from "../../../../test/e2e/tools.ts";
import { parseListenAddress } from "../../src/config/listen-address.ts";
import { loadConfig } from "../../src/config/load.ts";
import { checkData } from "../../src/doctor/data.ts";
import { examine } from "../../src/doctor/doctor.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { checkBuffers, checkClock, checkNode, checkOpenFiles, checkUser } from "../../src/doctor/machine.ts";
import { checkDictionaries, checkSandbox } from "../../src/doctor/plugins.ts";
import { checkPorts } from "../../src/doctor/ports.ts";
import { checkTrust } from "../../src/doctor/trust.ts";
import { readOrCreateHubKey } from "../../src/sessions/hub-key.ts";
import { openIdentities } from "../../src/users/identities.ts";
import { udpClient } from "../hub-harness.ts";

let folder: TemporaryFolder;
let data: string;
beforeEach(() => {
  folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  data = join(folder.path, "data");
  readOrCreateHubKey(data);
  openIdentities(data, () => [])[Symbol.dispose]();
});

const configOf = (source: string) =>
  loadConfig(
    { config: folder.write("palaver.toml", source), data },
    { cwd: "/", env: {}, isTerminal: false },
  );

/** `state check`, of what is not ok. */
const troubles = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state !== "ok").map(({ state, check }) => `${state} ${check}`);

describe("the data", () => {
  it("of a hub that ran is well; a directory that is not there yet is too", async () => {
    expect(troubles((await checkData(data)).findings)).toEqual([]);
    expect((await checkData(join(folder.path, "a/b/c"))).findings).toMatchObject([{ state: "ok" }]);
  });

  it.runIf(process.platform === "linux")("that cannot be written to says so, and not whose it is", () => {
    const module = join(import.meta.dirname, "../../src/doctor/data.ts");
    const script = folder.write(
      "look.ts",
      `const { checkData } = await import(${JSON.stringify(module)});
       for (const path of ${JSON.stringify([data, join(data, "new")])})
         for (const { state, found } of (await checkData(path)).findings) console.log(state, found);`,
    );
    const { stdout, stderr } = spawnSync(
      findTool("bwrap"),
      ["--ro-bind", "/", "/", "--dev", "/dev", process.execPath, script],
      { encoding: "utf8" },
    );
    const said = `failure ${data} is on a read-only file system\n`;
    expect(stdout, stderr).toBe(said + said);
  });

  it("that others may read or enter is a failure", async () => {
    chmodSync(data, 0o755);
    chmodSync(join(data, "hub.key"), 0o644);
    const { findings } = await checkData(data);
    expect(troubles(findings)).toEqual(["failure data", "failure key"]);
    expect(findings[0]?.remedy).toBe(`chmod 700 ${data}`);
  });

  it("that is damaged is a failure", async () => {
    writeFileSync(join(data, "hub.db"), "nonsense");
    writeFileSync(join(data, "hub.key"), "short");
    expect(troubles((await checkData(data)).findings)).toEqual(["failure key", "failure database"]);
  });

  it("that cannot be a directory is a failure", async () => {
    expect(troubles((await checkData(join(data, "hub.key"))).findings)).toEqual(["failure data"]);
    expect(troubles((await checkData(join(data, "hub.key/x"))).findings)).toEqual(["failure data"]);
  });

  it.runIf(process.getuid?.() === 0)("of which a file belongs to somebody else is a failure", async () => {
    chownSync(join(data, "hub.db"), 12_345, 12_345);
    const { findings } = await checkData(data);
    expect(troubles(findings)).toEqual(["failure owner"]);
    expect(findings.find(({ check }) => check === "owner")?.remedy).toBe(`chown -R 0:0 ${data}`);
  });
});

describe("the machine", () => {
  it("needs a new Node and no root", () => {
    expect(checkNode("24.0.0")).toMatchObject({ state: "ok" });
    expect(checkNode("22.20.1")).toMatchObject({ state: "failure" });
    expect(checkUser(1000)).toMatchObject({ state: "ok" });
    expect(checkUser(0)).toMatchObject({ state: "warning" });
  });

  it("needs buffers of 4 MiB, where it tells of them", () => {
    folder.write("proc/sys/net/core/rmem_max", "212992\n");
    folder.write("proc/sys/net/core/wmem_max", "4194304\n");
    const [receive, send] = checkBuffers(join(folder.path, "proc"));
    expect(receive).toMatchObject({ state: "warning", found: "212992: bursts of datagrams are lost" });
    expect(receive?.remedy).toContain("net.core.rmem_max = 4194304");
    expect(send).toMatchObject({ state: "ok" });
    expect(troubles(checkBuffers("/nowhere"))).toEqual([]);
  });

  it("needs files for all connections", async () => {
    const config = await configOf('listen = ["tcp://127.0.0.1:0"]');
    const proc = join(folder.path, "proc");
    folder.write(
      "proc/self/limits",
      "Max open files            1024                 4096                 files\n",
    );
    expect(checkOpenFiles(config, proc)).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining("1256") as string,
    });
    expect(checkOpenFiles({ ...config, limits: { ...config.limits, connections: 700 } }, proc).state).toBe(
      "ok",
    );
  });

  it("needs a clock that is not behind", async () => {
    expect(await checkClock(undefined, Date.parse("2001-01-01"))).toMatchObject({ state: "failure" });
    expect(await checkClock(Date.now() + 3_600_000)).toMatchObject({ state: "failure" });
    expect((await checkClock(Date.now())).state).not.toBe("failure");
    utimesSync(join(data, "hub.key"), new Date(), new Date("2100-01-01"));
    expect(new Date((await checkData(data)).newest ?? 0).getFullYear()).toBe(2100);
  });
});

describe("the configuration", () => {
  it("needs ports that are free, or the hub's own", async () => {
    using taken = await udpClient(9);
    const url = `udp://127.0.0.1:${taken.port}`;
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const config = {
      ...(await configOf(`metrics = "127.0.0.1:${port}"`)),
      listen: [url, "udp://127.0.0.1:0", "tcp://[::1]:0", "udp://192.0.2.1:7000"].map(parseListenAddress),
    };
    const findings = await checkPorts(config, []);
    expect(troubles(findings)).toEqual([
      `failure ${url}`,
      "failure udp://192.0.2.1:7000",
      `failure http://127.0.0.1:${port}`,
    ]);
    expect(findings[0]).toMatchObject({
      found: "the port is taken",
      remedy: expect.stringContaining("--listen") as string,
    });
    expect(troubles(await checkPorts(config, [url]))).toEqual(["failure udp://192.0.2.1:7000"]);
  });

  it("needs dictionaries that are there", async () => {
    folder.write("mine.txt", "a:b\n");
    const config = await configOf('[plugins.dict]\nfiles = ["mine.txt", "other.txt"]\n');
    expect(checkDictionaries(config)).toMatchObject([
      { state: "ok", found: join(folder.path, "mine.txt") },
      { state: "warning", found: `${join(folder.path, "other.txt")} is not there` },
      {
        state: "warning",
        found: "not imported yet",
        remedy: expect.stringContaining("palaverd dict build") as string,
      },
    ]);
    expect(checkDictionaries(await configOf("[plugins.dict]\nenabled = false\n"))).toEqual([]);
    expect(checkDictionaries(await configOf("[plugins.dict]\necdict = false\ncedict = false\n"))).toEqual([]);
  });

  it("needs bubblewrap as much as it says", async () => {
    const state = async (source: string) => troubles(await checkSandbox(await configOf(source)));
    expect(await state('[plugins.exec]\nsandbox = "off"\n')).toEqual([]);
    expect(await state("[plugins.exec]\nenabled = false\n")).toEqual([]);
    const [first] = await checkSandbox(await configOf("[plugins.exec]\n"));
    expect(first).toMatchObject({ check: "bubblewrap", state: "ok" });
  });
});

it("what is refused leaves the machine and the data to look at", async () => {
  mkdirSync(join(folder.path, "other"), { mode: 0o700 });
  const findings = await examine({ config: undefined, dataDir: join(folder.path, "other"), listening: [] });
  const checks = findings.map(({ check }) => check);
  expect(checks).toEqual(["node", "user", "clock", "net.core.rmem_max", "net.core.wmem_max", "data", "disk"]);
});

it("networks that hold everybody are named, where they are trusted", async () => {
  const wide = await configOf('[text]\ntrust = ["10.0.0.0/8", "0.0.0.0/0", "fd00::/16", "::/0"]\n');
  expect(checkTrust(wide)).toMatchObject([
    { state: "warning", found: expect.stringMatching(/^0\.0\.0\.0\/0, ::\/0: /) },
  ]);
  expect(checkTrust(await configOf(""))).toEqual([]);
});
