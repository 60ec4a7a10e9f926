import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { formatHttpUrl, type HttpAddress } from "../config/http-address.ts";
import type { RunningHub } from "../hub.ts";
import { createExposition } from "./exposition.ts";
import { createLive } from "./live.ts";
import { watchLoop, type LoopReport } from "./loop-delay.ts";
import { pageFigures, renderPage } from "./page.ts";
import { readReport, type StatusReport } from "./report.ts";
import { openHttpServer, say, send, type Answer } from "./server.ts";

// A report looks at every session; however many ask, it is made so often and no more.
const freshMs = 500;
const loopEveryMs = 5000;

export interface MonitorOptions {
  readonly address: HttpAddress;
  readonly version: string;
  readonly dataDir: string;
  readonly log: Logger;
  /** The hub was asked to stop. */
  readonly stop: AbortSignal;
}

/** Figures and health over HTTP: `/metrics`, `/healthz`, `/readyz`, and a page at `/`. */
export interface Monitor extends AsyncDisposable {
  readonly url: string;
  /** The hub is ready. */
  watch(hub: RunningHub): void;
}

/** @throws {NodeJS.ErrnoException} when the address cannot be bound. */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  const { address, log, stop } = options;
  let hub: RunningHub | undefined;
  const loop = watchLoop();
  let latest = loop.read();
  const reading = setInterval(() => (latest = loop.read()), loopEveryMs);
  const report = createReader(
    () => hub,
    () => latest,
    options,
  );
  const exposition = createExposition();
  const live = createLive(async () => {
    const found = await report();
    return found && JSON.stringify(pageFigures(found));
  });
  /** An answer that needs a hub. */
  const withReport =
    (answer: (report: StatusReport) => Promise<[type: string, body: string]>): Answer =>
    async (response) => {
      const found = await report();
      if (found) send(response, ...(await answer(found)));
      else say(response, 503, "The hub is starting.");
    };
  const asset = (name: string, type: string): Answer => {
    const text = readFileSync(new URL(`../../assets/${name}`, import.meta.url), "utf8");
    return (response) => send(response, `${type}; charset=utf-8`, text);
  };
  const server = await openHttpServer(
    address,
    new Map<string, Answer>([
      ["/", withReport(async (found) => ["text/html; charset=utf-8", renderPage(found)])],
      ["/status.js", asset("status.js", "text/javascript")],
      ["/status.css", asset("status.css", "text/css")],
      ["/events", (response) => live.join(response)],
      ["/metrics", withReport(async (found) => [exposition.contentType, await exposition.write(found)])],
      // The answer itself is the proof: the one thread that does everything is not stuck. Workers are asked.
      [
        "/healthz",
        async (response) => {
          if ((await hub?.answers?.()) === false) return say(response, 503, "a worker does not answer");
          say(response, 200, "ok");
        },
      ],
      [
        "/readyz",
        (response) => {
          if (stop.aborted) return say(response, 503, "stopping");
          return hub ? say(response, 200, "ready") : say(response, 503, "starting");
        },
      ],
    ]),
  );
  const url = formatHttpUrl({ host: address.host, port: server.port });
  log.info({ url }, "figures and health are served; whoever reaches this address may read them");
  return {
    url,
    watch: (ready) => void (hub = ready),
    async [Symbol.asyncDispose]() {
      clearInterval(reading);
      live[Symbol.dispose]();
      loop[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Reports that are at most half a second old; undefined before there is a hub. */
function createReader(
  hub: () => RunningHub | undefined,
  loop: () => LoopReport,
  { version, dataDir }: MonitorOptions,
): () => Promise<StatusReport | undefined> {
  let last: { readonly at: number; readonly report: Promise<StatusReport> } | undefined;
  return async () => {
    const watched = hub();
    if (!watched) return undefined;
    const now = performance.now();
    if (!last || now - last.at > freshMs) {
      last = { at: now, report: readReport(watched, { version, dataDir, loop: loop() }) };
    }
    return last.report;
  };
}
