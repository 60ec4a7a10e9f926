import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openAudit } from "../../src/exec/audit.ts";
import { guest } from "./running-exec.ts";

let database: DatabaseSync;
let path: string;
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "palaver-audit-"));
  path = join(directory, "audit.db");
  database = new DatabaseSync(path);
  return () => rmSync(directory, { recursive: true, force: true });
});
afterEach(() => database.close());

const rows = () => database.prepare("SELECT * FROM attempts ORDER BY id").all();
const ok = { outcome: "ok", status: 0, durationMs: 3, bytes: 7 } as const;

test("a run under way is a row already, and completed once", () => {
  const audit = openAudit(database, 10);
  const id = audit.started(["disk", "/tmp"], guest);
  expect(rows()).toMatchObject([
    { command: "disk", argv: '["/tmp"]', nick: "~ada", outcome: "running", status: null },
  ]);
  audit.ended(id, ok);
  audit.ended(id, { ...ok, outcome: "failed", status: 9 });
  expect(rows()).toMatchObject([{ outcome: "ok", status: 0, duration_ms: 3, bytes: 7 }]);
});

test("a run that a dead hub left behind is marked as unknown, one of this hub is not", () => {
  openAudit(database, 10).started(["date"], guest);
  openAudit(database, 10);
  expect(rows()).toMatchObject([{ command: "date", outcome: "running" }]);
  openAudit(database, 10, Date.now() + 1);
  expect(rows()).toMatchObject([{ command: "date", outcome: "unknown" }]);
});

test("rows are neither changed nor taken out of the middle", () => {
  const audit = openAudit(database, 10);
  const id = audit.started(["date"], guest);
  expect(() => database.exec("UPDATE attempts SET command = 'other', outcome = 'ok'")).toThrow("append-only");
  audit.ended(id, ok);
  audit.refused(["id"], guest, "no");
  audit.started(["date"], guest);
  for (const sql of [
    "UPDATE attempts SET outcome = 'refused'",
    "UPDATE attempts SET nick = 'eve' WHERE id = 2",
    "DELETE FROM attempts WHERE id = 3",
    "DELETE FROM attempts WHERE outcome = 'running'",
  ]) {
    expect(() => database.exec(sql), sql).toThrow("append-only");
  }
  expect(rows()).toHaveLength(3);
});

test("the oldest goes first, and refusals do not wash away runs", () => {
  const audit = openAudit(database, 3);
  for (let n = 0; n < 5; n++) audit.ended(audit.started([`run${n}`], guest), ok);
  for (let n = 0; n < 50; n++) audit.refused([`no${n}`], guest, "no");
  expect(rows().map((row) => row["command"])).toEqual(["run2", "run3", "run4", "no47", "no48", "no49"]);
});

test("a smaller bound holds from the next start on", () => {
  const audit = openAudit(database, 10);
  for (let n = 0; n < 8; n++) audit.started([`run${n}`], guest);
  openAudit(database, 2);
  expect(rows().map((row) => row["command"])).toEqual(["run6", "run7"]);
});

test("hostile text is bounded and stays data", () => {
  const audit = openAudit(database, 10);
  const long = "ü".repeat(5000);
  audit.refused(["'); DROP TABLE attempts; --", long, long], { ...guest, nick: long, key: long }, long);
  const [row] = rows();
  expect(row).toMatchObject({ command: "'); DROP TABLE attempts; --" });
  expect(JSON.parse(String(row?.["argv"]))).toHaveLength(1);
  for (const column of ["nick", "key", "argv", "reason"]) {
    expect(Buffer.byteLength(String(row?.[column]))).toBeLessThan(1020);
    expect(String(row?.[column])).not.toContain("\ufffd");
  }
});
