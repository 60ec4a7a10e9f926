import { once } from "node:events";
import { createServer } from "node:net";
import { pino } from "pino";
import type { Config } from "../config/config.ts";
import { formatHttpUrl } from "../config/http-address.ts";
import { Listeners } from "../transport/listeners.ts";
import { failure, ok, type Finding } from "./finding.ts";

/** Binds each listener of a configuration for a moment. @param taken by the hub itself, as URLs. */
export async function checkPorts(config: Config, taken: readonly string[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const listen of config.listen) {
    const check = listen.url;
    if (taken.includes(check)) {
      findings.push(ok(check, "the hub listens"));
      continue;
    }
    const problem = await tryBind(config, listen);
    if (problem === undefined) findings.push(ok(check, "free"));
    else findings.push(failure(check, ...problem));
  }
  const { metrics } = config;
  if (!metrics) return findings;
  const check = formatHttpUrl(metrics);
  const server = createServer();
  try {
    server.listen(metrics.port, metrics.host);
    await once(server, "listening");
    findings.push(ok(check, "free"));
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    // A hub that runs has opened it before all others.
    if (code === "EADDRINUSE" && taken.length > 0) findings.push(ok(check, "the hub listens"));
    else {
      const found = code === "EADDRINUSE" ? "the port is taken" : code;
      findings.push(failure(check, found, "choose another address for metrics"));
    }
  } finally {
    server.close();
  }
  return findings;
}

async function tryBind(
  { io }: Config,
  listen: Config["listen"][number],
): Promise<[found: string, remedy: string] | undefined> {
  const log = pino({ level: "silent" });
  const nobody = { receive: () => {}, drained: () => {}, ended: () => {}, closed: () => {} };
  const listeners = new Listeners({
    io,
    log,
    receive: () => {},
    connect: () => nobody,
    crowded: () => {},
    serve: async () => {},
  });
  try {
    const change = await listeners.change([listen], 1);
    await change.undo();
    return undefined;
  } catch (error) {
    // `cannot listen on URL: reason; remedy`
    const said = (error as Error).message.replace(`cannot listen on ${listen.url}: `, "");
    const [found = said, ...remedy] = said.split("; ");
    return [found, remedy.join("; ") || "choose another with --listen"];
  }
}
