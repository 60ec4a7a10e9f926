import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { figures } from "./figures.ts";
import type { StatusReport } from "./report.ts";

/** Writes reports in Prometheus' text format, and those of the process and Node.js with them. */
export interface Exposition {
  readonly contentType: string;
  write(report: StatusReport): Promise<string>;
}

export function createExposition(): Exposition {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = figures.map(({ name, help, labels = [], read }) => {
    const options = { name, help, labelNames: labels, registers: [registry] };
    return { read, metric: name.endsWith("_total") ? new Counter(options) : new Gauge(options) };
  });
  const update = (report: StatusReport) => {
    for (const { read, metric } of metrics) {
      const found = read(report);
      // The hub counts. What was told the last time says nothing any more, of a plugin that is gone least of all.
      metric.reset();
      if (found === undefined) metric.remove();
      else if (typeof found === "number") metric.inc(found);
      else for (const { labels, value } of found) metric.inc(labels, value);
    }
  };
  let last: { readonly report: StatusReport; readonly text: Promise<string> } | undefined;
  return {
    contentType: registry.contentType,
    write(report) {
      // However many ask at once, one text is made of a report.
      if (last?.report !== report) {
        update(report);
        last = { report, text: registry.metrics() };
      }
      return last.text;
    },
  };
}
