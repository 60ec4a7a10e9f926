import { readdirSync, readFileSync } from "node:fs";

/** Command lines of all processes, zombies too, that hold this text or are children of ours. */
export function processesWith(text: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, "utf8");
        const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8")) ?? [];
        return line.includes(text) || Number(parent) === process.pid ? [`${name} ${line}`] : [];
      } catch {
        return [];
      }
    });
}
