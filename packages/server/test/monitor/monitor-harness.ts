import { request, type IncomingHttpHeaders } from "node:http";
import { pino } from "pino";
import { openMonitor } from "../../src/monitor/monitor.ts";
import { startHub, type HubChanges } from "../hub-harness.ts";

export interface GetOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A monitor without a hub yet, on a port that the system picks. */
export async function startMonitor(dataDir = "/tmp") {
  const stop = new AbortController();
  const monitor = await openMonitor({
    address: { host: "127.0.0.1", port: 0 },
    version: "1.2.3",
    dataDir,
    log: pino({ level: "silent" }),
    stop: stop.signal,
  });
  return { monitor, stop, get: (path: string, options?: GetOptions) => get(monitor.url + path, options) };
}

/** A real hub, watched. */
export async function startWatchedHub(changes: HubChanges = {}) {
  const harness = await startHub(changes);
  const { monitor, stop, get: ask } = await startMonitor(harness.config.dataDir);
  monitor.watch(harness.hub);
  return {
    harness,
    monitor,
    stop,
    get: ask,
    async [Symbol.asyncDispose]() {
      await monitor[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

/** `fetch` would not let a Host header through. */
function get(url: string, { method = "GET", headers = {} }: GetOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on("error", reject);
    });
    asked.on("error", reject).end();
  });
}
