import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createTables } from "../../packages/plugins/src/chat/store/schema.ts";
import { palaverd, startProgram } from "../e2e/program.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";

test("an export into a pipe is whole, however slow its reader is", async () => {
  using folder = createTemporaryFolder();
  const directory = join(folder.path, "plugins/chat");
  mkdirSync(directory, { recursive: true });
  {
    using database = new DatabaseSync(join(directory, "history.db"));
    createTables(database);
    database.exec(`
      INSERT INTO messages (room, seq, at, nick, kind, text)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      SELECT 'dev', i, i, 'ada', 'say', 'message ' || i FROM n`);
  }
  // A shell reads a byte at a time.
  const count = 'while IFS= read -r line; do count=$((count + 1)); last=$line; done; echo "$count $last"';
  const script = `"$1" export --data "$2" | { count=0; ${count}; }`;
  const args = ["-c", script, "sh", palaverd, folder.path];
  await using shell = startProgram("/bin/sh", args);
  const { stdout, stderr } = await shell.exited;
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^5000 \{"room":"dev","seq":5000,"from":"ada","kind":"say","text":"message 5000",/);
});
