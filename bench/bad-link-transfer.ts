// One file over a link that loses 10 % of the packets each way and takes 20 ms one way: `palaver put` and `get` beside scp, whole
// commands. The clients run in a network namespace at the other end of `reference/bad-link.cpp`; needs root, and sshd for scp.
// Usage: node bench/bad-link-transfer.ts [ROUNDS] [MB] [LOSS]   (default 1 5 0.1)
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startHubProcess } from "./hub-process.ts";
import { compileReference, median, startReference } from "./reference.ts";
import { startSshd } from "./sshd.ts";

const [rounds = 1, megabytes = 5, loss = 0.1] = process.argv.slice(2).map(Number);
const [here, there] = ["10.99.0.1", "10.99.0.2"];
const namespace = `palaver-${process.pid}`;
const palaver = new URL("../packages/tui-client/bin/palaver.mjs", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "palaver-bad-link-"));
const [source, target] = [join(folder, "source.bin"), join(folder, "target.bin")];
writeFileSync(source, randomBytes(megabytes * 1_000_000));

const ip = (...words: readonly string[]) =>
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
const inside = (argv: readonly string[]): string =>
  execFileSync("ip", ["netns", "exec", namespace, ...argv], {
    encoding: "utf8",
    env: { ...process.env, XDG_CONFIG_HOME: join(folder, "config") },
    stdio: ["ignore", "pipe", "pipe"],
  });

await using stack = new AsyncDisposableStack();
ip("netns", "add", namespace);
stack.defer(() => void ip("netns", "del", namespace));
stack.use(await startReference(compileReference("bad-link"), namespace, "20", String(loss), "1"));
ip("addr", "add", here, "peer", there, "dev", "bad0");
ip("link", "set", "bad0", "up");
inside(["ip", "addr", "add", there, "peer", here, "dev", "bad1"]);
inside(["ip", "link", "set", "bad1", "up"]);

const hub = stack.use(
  await startHubProcess(
    "[plugins.dict]\necdict = false\ncedict = false\n[plugins.exec]\ndefaults = false\n",
    [`udp://${here}:0`],
  ),
);
const sshd = await startSshd(folder, here);
stack.defer(() => void sshd?.child.kill());
const at = `${here}:${hub.port}`;
const node = process.execPath;

const ways: [string, () => void][] = [
  ["palaver put", () => inside([node, palaver, "put", at, source])],
  ["palaver get", () => inside([node, palaver, "get", at, "source.bin", "-o", target, "--force"])],
];
if (sshd) {
  const to = `scp://${userInfo().username}@${here}:${sshd.port}/${target}`;
  const controls = readFileSync("/proc/sys/net/ipv4/tcp_allowed_congestion_control", "utf8");
  for (const control of ["reno", "cubic", "bbr"].filter((name) => controls.includes(name)))
    ways.push([
      `scp, ${control}`,
      () => {
        inside(["sysctl", "-qw", `net.ipv4.tcp_congestion_control=${control}`]);
        inside(["scp", "-q", ...sshd.options, source, to]);
      },
    ]);
}
const figures = new Map(ways.map(([name]) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of ways) {
    const begunAtMs = performance.now();
    run();
    figures.get(name)?.push((performance.now() - begunAtMs) / 1000);
    if (name !== "palaver put") execFileSync("cmp", [source, target]);
  }
  inside([node, palaver, "rm", at, "source.bin"]);
}
process.stdout.write(
  `${megabytes} MB, ${loss * 100} % lost each way, 20 ms one way, load ${loadavg()[0]?.toFixed(1)}\n`,
);
for (const [name, seconds] of figures)
  process.stdout.write(`${name.padEnd(12)}${median(seconds).toFixed(1).padStart(8)} s\n`);
rmSync(folder, { recursive: true, force: true });
