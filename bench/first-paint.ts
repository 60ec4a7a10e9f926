// From the command to the first frame: the installed client in a pseudo-terminal, against no hub at all.
// Usage: node bench/first-paint.ts [RUNS]   (default 10). Needs script(1) of util-linux.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const runs = Number(process.argv[2] ?? 10);
const client = join(import.meta.dirname, "../packages/tui-client/bin/palaver.mjs");
const home = mkdtempSync(join(tmpdir(), "palaver-paint-"));

/** Milliseconds until the status line is drawn. */
function paint(): Promise<number> {
  const startedAt = performance.now();
  const command = `stty cols 100 rows 30; exec '${process.execPath}' '${client}' chat 127.0.0.1:9 --nick ada`;
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
    child.on("close", () => reject(new Error(`it ended before it drew anything\n${shown}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (!shown.includes("connecting")) return;
      child.removeAllListeners("close");
      child.on("close", () => resolve(paintedMs));
      const paintedMs = performance.now() - startedAt;
      child.stdout.removeAllListeners("data").resume();
      child.stdin.write("\u0003\u0003");
    });
  });
}

// The first one reads the files from the disk.
await paint();
const times: number[] = [];
for (let run = 0; run < runs; run++) times.push(await paint());
times.sort((one, other) => one - other);
rmSync(home, { recursive: true, force: true });
console.log(
  `from the command to the first frame, ${runs} runs: best ${times[0]?.toFixed(0)} ms, ` +
    `median ${times[Math.floor(runs / 2)]?.toFixed(0)} ms, worst ${times.at(-1)?.toFixed(0)} ms`,
);
