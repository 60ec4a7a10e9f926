import type { Logger } from "pino";
import { currentCulprit } from "./blame.ts";

/**
 * What plugins share with the hub, in whose process they run: `process.exit`, as a library for command lines calls it,
 * throws there, which is then the plugin's fault; what they print goes to the log, since standard output says where the
 * hub listens and nothing else, and standard error is the log itself, which does not go through `process.stderr`.
 */
export function fenceProcess(log: Logger): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    if (!currentCulprit()) return exit(code);
    throw new Error(`called process.exit(${String(code ?? "")}), which would have ended the hub`);
  };
  for (const stream of ["stdout", "stderr"] as const) fenceStream(stream, log);
}

function fenceStream(name: "stdout" | "stderr", log: Logger): void {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...values: unknown[]) => boolean;
  const fenced = (...values: unknown[]): boolean => {
    const culprit = currentCulprit();
    if (!culprit) return write(...values);
    const [chunk] = values;
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
    log.info({ plugin: culprit.plugin, text }, `printed on ${name}`);
    const written = values.at(-1);
    if (typeof written === "function") process.nextTick(written);
    return true;
  };
  stream.write = fenced;
}
