import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startHub } from "./hub-process.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { startTerminal } from "./terminal.ts";
import { openUdpPeer } from "./text-peer.ts";

test("at the first start the client shows how far the dictionary is, then the answer; a text peer is told to ask again", async () => {
  using folder = createTemporaryFolder();
  const directory = join(folder.path, "data/plugins/dict");
  mkdirSync(directory, { recursive: true });
  // Another import is at work in the folder: this one waits for it, for as long as the test looks at it.
  using lock = new DatabaseSync(join(directory, "dictionary.lock"));
  lock.exec("BEGIN EXCLUSIVE");
  await using hub = await startHub({ folder, config: "[plugins.dict]\necdict = false\n" });
  await using textbook = await openUdpPeer(hub.port("udp"));
  expect(await textbook.ask("tr 词典")).toMatch(
    /^unknown: 词典 — .* still being built \(0 %\), ask again soon/,
  );

  using terminal = await startTerminal();
  terminal.startChat(`127.0.0.1:${hub.port("udp")}`, "--nick", "Ada");
  await terminal.shows(/\[Ada\] +#lobby +online/);
  terminal.press("/tr 词典", "Enter");
  await terminal.shows("└ [----------] 0 %  building the dictionary");
  lock.exec("ROLLBACK");
  await terminal.shows(/│ 词典.* dictionary/);
  expect(terminal.screen).not.toContain("building");
});
