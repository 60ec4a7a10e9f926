// One command after the other, `/bin/date`: node's own spawn without a sandbox beside the hub's exec over text and over
// an encrypted session, without its sandbox and with it, and NRPE. Usage: node bench/exec.ts [CALLS]   (default 200)
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { connect } from "../packages/client/dist/index.js";
import { startHubProcess } from "./hub-process.ts";
import { tryStartPeer } from "./peers.ts";
import { cpuSeconds, median } from "./reference.ts";

const [calls = 200] = process.argv.slice(2).map(Number);
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "palaver-bench-exec-"));

async function measure(name: string, call: () => Promise<unknown>, cpu?: () => number): Promise<void> {
  for (let index = 0; index < 10; index++) await call();
  const times: number[] = [];
  const before = cpu?.() ?? 0;
  for (let index = 0; index < calls; index++) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  const used = cpu ? `${((((cpu() - before) / calls) * 1e6) / 1000).toFixed(2)} ms` : "";
  process.stdout.write(`${name.padEnd(38)}${median(times).toFixed(2).padStart(8)} ms${used.padStart(12)}\n`);
}

/** A new hub has its dictionaries built by a process of its own, for ten seconds on one of the processors. */
async function untilAlone(pid: number): Promise<void> {
  while (readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") !== "") await wait(100);
}

const sandboxes = ["off", "auto"];
const toml = sandboxes.map(
  (sandbox) =>
    `[plugins.exec.commands.now-${sandbox}]\nsummary = "the time"\nargv = ["/bin/date"]\nsandbox = "${sandbox}"\n`,
);
await using hub = await startHubProcess(toml.join(""));
await untilAlone(hub.child.pid!);
process.stdout.write(
  `load ${loadavg()[0]!.toFixed(1)}, the hub holds ${Math.round(hub.rssBytes() / 2 ** 20)} MiB\n`,
);
process.stdout.write(`${"".padEnd(38)}${"round trip".padStart(11)}${"hub's CPU".padStart(12)}\n`);
await measure("node's execFile, no sandbox", () => run("/bin/date"));
const cpu = () => cpuSeconds(hub.child);
for (const sandbox of sandboxes) {
  const socket = createSocket("udp4");
  socket.connect(hub.port, "127.0.0.1");
  await once(socket, "connect");
  await measure(
    `text, sandbox ${sandbox}`,
    async () => {
      socket.send(`run now-${sandbox}`);
      await once(socket, "message");
    },
    cpu,
  );
  socket.close();
  const connection = connect({ host: "127.0.0.1", port: hub.port, configDir: folder });
  await measure(`session, sandbox ${sandbox}`, () => connection.run("run", [`now-${sandbox}`]).status, cpu);
  await connection.close();
}
// The round trip has the start of its client, which there is no other way to ask it: the row above it is that alone.
const checkNrpe = "/usr/lib/nagios/plugins/check_nrpe";
for (const [name, title, options] of [
  ["nrpe", "NRPE, plain", ["-n"]],
  ["nrpe-tls", "NRPE, TLS", []],
] as const) {
  await using nrpe = await tryStartPeer(name);
  if (!nrpe) break;
  if (name === "nrpe") await measure("check_nrpe asks nobody", () => run(checkNrpe, ["-V"]).catch(() => {}));
  const ask = [...options, "-H", "127.0.0.1", "-p", String(nrpe.port), "-c", "now"];
  await measure(title, () => run(checkNrpe, ask));
}
rmSync(folder, { recursive: true, force: true });
