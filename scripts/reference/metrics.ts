import { figures } from "../../packages/server/src/monitor/figures.ts";
import { table } from "./table.ts";

/** Every figure of `/metrics` that is palaver's own. */
export function metricsPage(): string {
  const rows = figures.map(({ name, labels = [], help }) => [
    `\`${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`}\``,
    name.endsWith("_total") ? "counter" : "gauge",
    help,
  ]);
  return `# Metrics

What \`/metrics\` shows, where [\`metrics\` is set](../operations.md#watch), beside \`process_*\` and \`nodejs_*\` of the runtime.
Counters begin at zero when the hub starts.

${table(["figure", "kind", "is"], rows)}
`;
}
