// One file of 100 MB over loopback, each way in turn: `palaver put` and `get` (encrypted, SHA-256, flushed to disk; over UDP and
// over TCP) beside a textbook 4096-byte TCP copy in C++ (clear text, no checksum), scp, and nc and tftp where they are installed.
// Whole commands are timed, start and handshake included, but for the time that the client itself tells over TCP, since it waits
// 1.5 s for UDP before; CPU is that of both sides. Usage: node bench/transfer.ts [ROUNDS] [MB]   (default 5 100)
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startHubProcess } from "./hub-process.ts";
import { findPort, findProgram, startSshd } from "./sshd.ts";
import { compileReference, cpuSeconds, median, startReference } from "./reference.ts";

const [rounds = 5, megabytes = 100] = process.argv.slice(2).map(Number);
const palaver = new URL("../packages/tui-client/bin/palaver.mjs", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "palaver-transfer-"));
const source = join(folder, "source.bin");
const target = join(folder, "target.bin");
for (let i = 0; i < megabytes; i++) appendFileSync(source, randomBytes(1_000_000));

interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs a command to its end, with its own CPU time and what it printed. */
function time(argv: readonly string[]): Timed & { readonly output: string } {
  const script = 'TIMEFORMAT="%R %U %S"; exec 3>&2; time "$@" 2>&3 3>&-';
  const output = execFileSync(
    "bash",
    ["-c", `{ ${script}; } 2>"$T"; s=$?; cat "$T" >&2; exit $s`, "-", ...argv],
    {
      encoding: "utf8",
      env: { ...process.env, T: join(folder, "time"), XDG_CONFIG_HOME: join(folder, "config") },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [seconds = 0, user = 0, system = 0] = execFileSync("tail", ["-n1", join(folder, "time")], {
    encoding: "utf8",
  })
    .trim()
    .split(" ")
    .map(Number);
  return { seconds, cpuSeconds: user + system, output };
}

/** The same beside a server, whose CPU time counts too. */
function timeBeside(server: ChildProcess, ...argv: readonly string[]): Timed & { readonly output: string } {
  const before = cpuSeconds(server);
  const timed = time(argv);
  return { ...timed, cpuSeconds: timed.cpuSeconds + cpuSeconds(server) - before };
}

/** The server of Debian's tftpd-hpa; it forks for each file, so its own CPU time says nothing. */
async function startTftpd(): Promise<{ readonly port: number; readonly child: ChildProcess } | undefined> {
  const program = findProgram("in.tftpd");
  if (program === undefined || process.getuid?.() !== 0) return undefined;
  const port = await findPort();
  const child = spawn(program, ["-L", "-u", "root", "--address", `127.0.0.1:${port}`, "-s", folder], {
    stdio: "ignore",
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return child.exitCode === null ? { port, child } : undefined;
}

execFileSync(process.execPath, [new URL("../packages/tui-client/bundle.mjs", import.meta.url).pathname]);
const config = "[plugins.dict]\necdict = false\ncedict = false\n[plugins.exec]\ndefaults = false\n";
const files = `${config}[plugins.files]\nmax_size = "2GiB"\nquota_per_user = "4GiB"\n`;
await using hub = await startHubProcess(files);
const tcpPort = await findPort();
await using tcpHub = await startHubProcess(files, [`tcp://127.0.0.1:${tcpPort}`]);
await using copy = await startReference(compileReference("tcp-copy"), "serve", source);
const sshd = await startSshd(folder);
const address = `127.0.0.1:${hub.port}`;
const tcpAddress = `127.0.0.1:${tcpPort}`;
let file = "";
let tcpFile = "";

/** `palaver` over TCP, by its own account of the time: it waits for UDP before. */
function timeOverTcp(...argv: readonly string[]): Timed & { readonly file: number } {
  const timed = timeBeside(tcpHub.child, process.execPath, palaver, ...argv, "--json");
  const told = JSON.parse(timed.output) as { readonly file: number; readonly seconds: number };
  return { ...told, cpuSeconds: timed.cpuSeconds };
}

const ways: [string, () => Timed][] = [
  [
    "C++ TCP copy, 4096 bytes",
    () => timeBeside(copy.child, compileReference("tcp-copy"), "fetch", String(copy.port), target),
  ],
  [
    "palaver put",
    () => {
      const timed = timeBeside(hub.child, process.execPath, palaver, "put", address, "--json", source);
      file = String((JSON.parse(timed.output) as { file: number }).file);
      return timed;
    },
  ],
  [
    "palaver get",
    () => timeBeside(hub.child, process.execPath, palaver, "get", address, file, "-o", target, "--force"),
  ],
  [
    "palaver put, TCP",
    () => {
      const timed = timeOverTcp("put", tcpAddress, source);
      tcpFile = String(timed.file);
      return timed;
    },
  ],
  ["palaver get, TCP", () => timeOverTcp("get", tcpAddress, tcpFile, "-o", target, "--force")],
];
if (sshd) {
  const { username } = userInfo();
  const from = `scp://${username}@127.0.0.1:${sshd.port}/${source}`;
  // Its sessions are processes of their own, so only the client's CPU time is known.
  const scp = ["scp", "-q", ...sshd.options, from, target];
  ways.push(["scp (CPU of the client)", () => time(scp)]);
} else {
  process.stdout.write("scp is not measured: there is no sshd; install openssh-server\n");
}

const nc = findProgram("nc");
if (nc !== undefined) {
  // The listener serves one connection; the other end asks until it is there.
  const port = await findPort();
  const fetch = `until ${nc} 127.0.0.1 ${port} > ${target}; do sleep 0.005; done`;
  const serve = `${nc} -N -l 127.0.0.1 ${port} < ${source}`;
  ways.push(["nc, nothing checked", () => time(["bash", "-c", `${serve} & ${fetch}; wait`])]);
}
const tftpd = await startTftpd();
const tftp = findProgram("tftp");
const curl = findProgram("curl");
if (tftpd && tftp !== undefined) {
  const ask = [tftp, "-m", "binary", "127.0.0.1", `${tftpd.port}`, "-c", "get", "source.bin", target];
  ways.push(["tftp, 512 bytes (the client)", () => time(ask)]);
}
if (tftpd && curl !== undefined) {
  const url = `tftp://127.0.0.1:${tftpd.port}/source.bin`;
  const ask = [curl, "-s", "--tftp-blksize", "65464", url, "-o", target];
  ways.push(["tftp, 65,464 bytes (the client)", () => time(ask)]);
}

const figures = new Map(ways.map(([name]) => [name, { seconds: [] as number[], cpu: [] as number[] }]));
writeFileSync(target, "");
for (let round = 0; round <= rounds; round++) {
  for (const [name, run] of ways) {
    const { seconds, cpuSeconds: cpu } = run();
    if (!name.startsWith("palaver put")) execFileSync("cmp", [source, target]);
    // The first round warms up.
    if (round === 0) continue;
    figures.get(name)?.seconds.push(seconds);
    figures.get(name)?.cpu.push(cpu);
  }
  for (const [at, number] of [
    [address, file],
    [tcpAddress, tcpFile],
  ] as const) {
    execFileSync(process.execPath, [palaver, "rm", at, number], {
      stdio: "pipe",
      env: { ...process.env, XDG_CONFIG_HOME: join(folder, "config") },
    });
  }
}
process.stdout.write(
  `${megabytes} MB, ${rounds} rounds, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}\n`,
);
process.stdout.write(`${"".padEnd(32)}   MB/s      time       CPU\n`);
for (const [name, { seconds, cpu }] of figures) {
  const took = median(seconds);
  process.stdout.write(
    `${name.padEnd(32)}${(megabytes / took).toFixed(1).padStart(7)}${took.toFixed(2).padStart(8)} s${median(cpu).toFixed(2).padStart(8)} s\n`,
  );
}
sshd?.child.kill();
tftpd?.child.kill();
rmSync(folder, { recursive: true, force: true });
