import { execFileSync } from "node:child_process";
import process from "node:process";

/**
 * Runs the workspace's pnpm to its end and gives back what it printed; what it complains of is passed on.
 * @throws {Error} when it fails; what it printed is passed on then, too.
 */
export function runPnpm(args, cwd) {
  try {
    return execFileSync("npx", ["-y", "pnpm@12", ...args], {
      cwd,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "inherit"],
    });
  } catch (error) {
    process.stderr.write(error.stdout ?? "");
    throw error;
  }
}
