// From the command to the first frame: the installed client in a pseudo-terminal, against no hub at all.
// Beside it a bare `node -e 0` in the same pseudo-terminal: what of it the machine and Node take.
// Usage: node bench/first-paint.ts [RUNS]   (default 10). Needs script(1) of util-linux.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const runs = Number(process.argv[2] ?? 10);
const client = join(import.meta.dirname, "../packages/tui-client/bin/palaver.mjs");
const home = mkdtempSync(join(tmpdir(), "palaver-paint-"));

execFileSync(process.execPath, [join(import.meta.dirname, "../packages/tui-client/bundle.mjs")]);

/** Milliseconds until a program in a pseudo-terminal has written `wanted`. */
function timeUntil(program: string, wanted: string): Promise<number> {
  const startedAt = performance.now();
  const command = `stty cols 100 rows 30; exec '${process.execPath}' ${program}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      XDG_CONFIG_HOME: home,
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let shown = "";
    child.on("error", reject);
    // A program that has ended takes no keys.
    child.stdin.on("error", () => {});
    child.on("close", () => reject(new Error(`it ended before it drew anything\n${shown}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (!shown.includes(wanted)) return;
      child.removeAllListeners("close");
      child.on("close", () => resolve(paintedMs));
      const paintedMs = performance.now() - startedAt;
      child.stdout.removeAllListeners("data").resume();
      child.stdin.write("\u0003\u0003");
    });
  });
}

const paint = () => timeUntil(`'${client}' chat 127.0.0.1:9 --nick ada`, "connecting");
const bare = () => timeUntil(`-e 'console.log("ready")'`, "ready");
// The first one reads the files from the disk, and fills the caches.
await paint();
const times: number[] = [];
const bareTimes: number[] = [];
for (let run = 0; run < runs; run++) {
  times.push(await paint());
  bareTimes.push(await bare());
}
rmSync(home, { recursive: true, force: true });
const told = (ms: number[]) => {
  const sorted = ms.toSorted((one, other) => one - other);
  return `best ${sorted[0]?.toFixed(0)} ms, median ${sorted[Math.floor(runs / 2)]?.toFixed(0)} ms, worst ${sorted.at(-1)?.toFixed(0)} ms`;
};
console.log(`from the command to the first frame, ${runs} runs: ${told(times)}`);
console.log(`a bare node in the same terminal: ${told(bareTimes)}`);
