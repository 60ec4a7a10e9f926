// Fills the disk that a folder is on, and removes a file there: run by upkeep.test.ts on a small disk of its own.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { discard } from "../../src/files/discard.ts";
import { openShelf } from "../../src/files/shelf.ts";
import { isDiskFull, openVault } from "../../src/files/vault.ts";

const [directory = ""] = process.argv.slice(2);
const database = new DatabaseSync(join(directory, "files.db"));
database.exec("PRAGMA journal_mode = WAL");
const shelf = openShelf(database);
const vault = openVault(join(directory, "content"));
const row = shelf.add(
  { owner: "key", nick: "ann", name: "big", size: 100_000, room: null },
  vault.newName(),
  0,
);
const part = await vault.openPart(row.storage);
await part.write(Buffer.alloc(100_000));
await vault.keep(row.storage, part);
shelf.store(row.id, row.claim, "00", 0);
await part.close();

let refused = "";
try {
  for (let number = 0; ; number++) writeFileSync(join(directory, `ballast${number}`), Buffer.alloc(4096));
} catch (error) {
  if (!isDiskFull(error)) throw error;
}
// What room the journal of the database has left is used up, too.
while (refused === "") {
  try {
    shelf.touch(row.id, Date.now());
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    refused = String(error);
  }
}
await discard({ shelf, vault }, row);
console.log(JSON.stringify({ refused, left: shelf.all(), content: readdirSync(join(directory, "content")) }));
