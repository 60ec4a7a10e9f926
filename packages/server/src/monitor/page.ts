import type { StatusReport } from "./report.ts";
import {
  formatDuration,
  formatLoop,
  formatLoss,
  formatMemory,
  formatMessages,
  formatPeers,
} from "./wording.ts";

/** What the page shows, as texts; also each event's data. */
export interface PageFigures {
  readonly texts: Readonly<Record<string, string>>;
  /** Drawn over time; of counters, how much they grow a second. */
  readonly series: Readonly<Record<string, number>>;
  /** Name, state, calls, half and 99 % of them within so long, faults. What a fault said is for the log. */
  readonly plugins: readonly (readonly string[])[];
}

const rows = [
  ["users", "users online", "usersOnline"],
  ["rooms", "rooms", ""],
  ["peers", "peers", ""],
  ["messages", "datagrams", "received"],
  ["commands", "commands", "calls"],
  ["loss", "loss", "loss"],
  ["loop", "loop delay", "loopMs"],
  ["memory", "memory", ""],
  ["uptime", "up for", ""],
] as const;
// Of these the growth is drawn, not the number.
const counters: ReadonlySet<string> = new Set(["received", "calls"]);

export function pageFigures(report: StatusReport): PageFigures {
  const calls = report.plugins.reduce((sum, plugin) => sum + plugin.calls, 0);
  return {
    texts: {
      users: String(report.usersOnline),
      rooms: String(report.rooms),
      peers: formatPeers(report),
      messages: formatMessages(report),
      commands: `${calls} calls`,
      loss: formatLoss(report),
      loop: formatLoop(report.loop),
      memory: formatMemory(report),
      uptime: formatDuration(report.uptimeSeconds),
    },
    series: {
      usersOnline: report.usersOnline,
      received: report.received,
      calls,
      loss: report.traffic.lossRate,
      loopMs: report.loop.p99Ms,
    },
    plugins: report.plugins.map(({ name, state, calls: own, p50Ms, p99Ms, faults }) => [
      name,
      state,
      String(own),
      formatMs(p50Ms),
      formatMs(p99Ms),
      String(faults),
    ]),
  };
}

/** The page as it is now; its script keeps it so. */
export function renderPage(report: StatusReport): string {
  const { texts, plugins } = pageFigures(report);
  const listeners = report.listeners.map(({ url, mount }) => (mount === undefined ? url : `${url} ${mount}`));
  const row = ([key, title, series]: (typeof rows)[number]) =>
    `<tr><th scope="row">${title}<td data-text="${key}">${escape(texts[key] ?? "")}<td>${
      series === ""
        ? ""
        : `<svg data-series="${series}"${counters.has(series) ? " data-rate" : ""} viewBox="0 0 120 24" role="img" aria-label="${title} over time"><polyline points=""/></svg>`
    }`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>palaverd</title>
<link rel="stylesheet" href="status.css">
<script src="status.js" defer></script>
<h1>palaverd ${escape(report.version)} <span data-state role="status"></span></h1>
<p>${listeners.map(escape).join("<br>")}</p>
<table>
${rows.map(row).join("\n")}
</table>
<h2>Plugins</h2>
<table>
<thead><tr><th>name<th>state<th>calls<th>half within<th>99 % within<th>faults
<tbody data-plugins>${plugins.map((plugin) => `<tr>${plugin.map((text) => `<td>${escape(text)}`).join("")}`).join("")}
</table>
<p><a href="metrics">metrics</a> <a href="healthz">healthz</a> <a href="readyz">readyz</a></p>
</html>
`;
}

function formatMs(ms: number | undefined): string {
  return ms === undefined ? "" : `${ms} ms`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
