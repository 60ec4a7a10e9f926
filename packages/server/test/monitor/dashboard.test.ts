import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { figures } from "../../src/monitor/figures.ts";
import { startWatchedHub } from "./monitor-harness.ts";

const docs = join(import.meta.dirname, "../../../../docs");

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

test("every metric of the dashboard exists, and every figure of ours is in it", async () => {
  const dashboard = JSON.parse(readFileSync(join(docs, "grafana-dashboard.json"), "utf8")) as Dashboard;
  await using watched = await startWatchedHub();
  const { body } = await watched.get("/metrics");
  const known = new Set(Array.from(body.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name));
  const shown = new Set<string>();
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const names = expr.match(/\b(?:palaver|process|nodejs)_\w+/g) ?? [];
      expect(names, title).not.toEqual([]);
      for (const name of names) {
        expect(known, title).toContain(name);
        shown.add(name);
      }
    }
  }
  expect(figures.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

test("names follow Prometheus' conventions", () => {
  for (const { name, help } of figures) {
    expect(name).toMatch(/^palaver_[a-z]+(_[a-z]+)*$/);
    expect(help).toMatch(/^[A-Z1].*\.$/);
  }
});
