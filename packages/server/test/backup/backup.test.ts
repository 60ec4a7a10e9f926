import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chownSync,
  createReadStream,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createGunzip, gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { startProgram } from "../../../../test/e2e/program.ts";
import { BackupError, restoreBackup } from "../../src/backup/restore-backup.ts";
import { writeBackup } from "../../src/backup/write-backup.ts";
import { readOrCreateHubKey } from "../../src/sessions/hub-key.ts";
import { openIdentities } from "../../src/users/identities.ts";
import { type Entry, tarOf } from "./tar-of.ts";

const { signal } = new AbortController();

/** A folder for one test, and a hub's data in it. */
function createPlace() {
  const folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const data = join(folder.path, "data");
  const key = readOrCreateHubKey(data);
  using identities = openIdentities(data, () => []);
  identities.claim("A".repeat(43), "ada");
  return {
    folder,
    data,
    key,
    archive: join(folder.path, "backup.tar.gz"),
    other: join(folder.path, "other"),
  };
}

const backUp = (data: string, archive: string) => writeBackup(data, archive, "1.2.3", signal);

async function restore(archive: string, data: string) {
  mkdirSync(data, { recursive: true });
  return restoreBackup(archive, data, signal);
}

describe("a backup", () => {
  it("restores keys, databases and files, for their owner alone", async () => {
    const { folder, data, key, archive, other } = createPlace();
    folder.write("data/plugins/notes/deep/er/note.bin", Buffer.alloc(300_000, 7));
    folder.write("data/plugins/notes/empty", "");
    expect(await backUp(data, archive)).toMatchObject({ files: 4, skipped: [] });
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    const { manifest } = await restore(archive, other);
    expect(manifest).toMatchObject({ version: "1.2.3", format: 1 });
    expect(readOrCreateHubKey(other)).toEqual(key);
    using identities = openIdentities(other, () => []);
    expect(identities.ownerOf("ada")).toBe("A".repeat(43));
    expect(readFileSync(join(other, "plugins/notes/deep/er/note.bin"))).toEqual(Buffer.alloc(300_000, 7));
    expect(statSync(join(other, "plugins/notes/empty")).size).toBe(0);
    for (const name of await readdir(other, { recursive: true })) {
      const { mode } = statSync(join(other, name));
      expect([name, mode & 0o077]).toEqual([name, 0]);
    }
  });

  it("clears away what one that was killed left, not what another may be at", async () => {
    const { folder, data, archive } = createPlace();
    folder.write(".palaver-backup-old/archive", "x");
    folder.write(".palaver-backup-new/archive", "x");
    utimesSync(join(folder.path, ".palaver-backup-old"), 0, 0);
    await backUp(data, archive);
    const left = readdirSync(folder.path).filter((name) => name.startsWith(".palaver"));
    expect(left).toEqual([".palaver-backup-new"]);
  });

  it("leaves out what is made again, and says what it cannot hold", async () => {
    const { folder, data, archive } = createPlace();
    for (const name of [
      "palaverd.pid",
      "log/palaver.log",
      "plugins/dict/dictionary.db",
      "plugins/dict/index/a.db",
    ])
      folder.write(`data/${name}`, "x");
    symlinkSync("/dev/null", join(data, "plugins/device"));
    symlinkSync("..", join(data, "plugins/circle"));
    symlinkSync("nowhere", join(data, "plugins/nowhere"));
    const { files, skipped } = await backUp(data, archive);
    expect(files).toBe(2);
    expect(skipped).toEqual(["plugins/circle", "plugins/device", "plugins/nowhere"]);
    expect(await namesIn(archive)).toEqual(["hub.db", "hub.key", "palaver-backup.json"]);
  });

  it("follows links to what is the same owner's, and to nothing else", async () => {
    const { folder, data, archive, other } = createPlace();
    folder.write("elsewhere/notes.txt", "notes");
    symlinkSync(join(folder.path, "elsewhere"), join(data, "plugins"));
    expect(await backUp(data, archive)).toMatchObject({ files: 3, skipped: [] });
    await restore(archive, other);
    expect(readFileSync(join(other, "plugins/notes.txt"), "utf8")).toBe("notes");
    if (process.getuid?.() !== 0) return;
    chownSync(join(folder.path, "elsewhere"), 12_345, 12_345);
    expect(await backUp(data, archive)).toMatchObject({ files: 2, skipped: ["plugins"] });
  });

  it("copies a database at one moment, while it is written to", { timeout: 60_000 }, async () => {
    const { folder, data, archive, other } = createPlace();
    // Each transaction moves one unit: the sum is the same at every moment.
    const writer = folder.write(
      "writer.mjs",
      `import { DatabaseSync } from "node:sqlite";
       const database = new DatabaseSync(${JSON.stringify(join(data, "plugins/bank.db"))});
       database.exec("PRAGMA journal_mode = WAL; CREATE TABLE account (id INTEGER PRIMARY KEY, sum INTEGER, note BLOB); CREATE TABLE moves (n INTEGER)");
       database.exec("BEGIN");
       for (let id = 0; id < 2000; id++) database.prepare("INSERT INTO account VALUES (?, 100, ?)").run(id, new Uint8Array(500));
       database.exec("COMMIT");
       console.log("ready");
       const move = database.prepare("UPDATE account SET sum = sum + ? WHERE id = ?");
       for (let n = 0; ; n++) {
         database.exec("BEGIN");
         move.run(-1, n % 2000); move.run(1, (n * 7 + 1) % 2000);
         database.prepare("INSERT INTO moves VALUES (?)").run(n);
         database.exec("COMMIT");
       }`,
    );
    mkdirSync(join(data, "plugins"));
    await using program = startProgram(process.execPath, [writer]);
    await program.prints("ready");
    for (let round = 0; round < 3; round++) {
      await backUp(data, archive);
      await restore(archive, `${other}${round}`);
      using database = new DatabaseSync(join(`${other}${round}`, "plugins/bank.db"));
      expect(database.prepare("SELECT sum(sum) AS sum FROM account").get()).toEqual({ sum: 200_000 });
      const { count, last } = database
        .prepare("SELECT count(*) AS count, max(n) AS last FROM moves")
        .get() as unknown as Counts;
      expect(count).toBe((last ?? -1) + 1);
    }
    expect(program.isRunning).toBe(true);
  });

  it("is not begun where it cannot be written, and ended whole or not at all when the disk is full", async () => {
    const { folder, data, archive } = createPlace();
    await backUp(data, archive);
    const before = hashOf(archive);
    // Random bytes: they do not shrink to what would fit.
    folder.write("data/plugins/large", randomBytes(3_000_000));
    const script = folder.write(
      "backup.mjs",
      `import { copyFileSync, readdirSync } from "node:fs";
       import { writeBackup } from ${JSON.stringify(join(import.meta.dirname, "../../dist/backup/write-backup.js"))};
       copyFileSync(${JSON.stringify(archive)}, "/full/backup.tar.gz");
       await writeBackup(${JSON.stringify(data)}, "/full/backup.tar.gz", "1", new AbortController().signal).catch((error) => console.log(error.code));
       console.log(readdirSync("/full").join());
       copyFileSync("/full/backup.tar.gz", ${JSON.stringify(join(folder.path, "kept"))});`,
    );
    const { stdout, stderr } = spawnSync(
      findTool("bwrap"),
      [
        "--bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--size",
        "1000000",
        "--tmpfs",
        "/full",
        process.execPath,
        script,
      ],
      { encoding: "utf8" },
    );
    expect(stdout, stderr).toBe("ENOSPC\nbackup.tar.gz\n");
    expect(hashOf(join(folder.path, "kept"))).toBe(before);
    await expect(backUp(data, join(folder.path, "nowhere/backup"))).rejects.toThrow("ENOENT");
  });

  it("is not spoilt by a file that looks like a database and is none", async () => {
    const { folder, data, archive, other } = createPlace();
    const bait = Buffer.concat([Buffer.from("SQLite format 3\0"), randomBytes(10_000)]);
    folder.write("data/plugins/files/content/1f", bait);
    await backUp(data, archive);
    await restore(archive, other);
    expect(readFileSync(join(other, "plugins/files/content/1f"))).toEqual(bait);
  });

  it("says which database is damaged, and leaves nothing behind", async () => {
    const { folder, data, archive } = createPlace();
    const database = new DatabaseSync(join(data, "broken.db"));
    database.exec(
      "CREATE TABLE t (x); INSERT INTO t SELECT randomblob(2000) FROM (VALUES (1),(2),(3),(4),(5),(6))",
    );
    database.close();
    const bytes = readFileSync(join(data, "broken.db"));
    writeFileSync(join(data, "broken.db"), bytes.fill(0xaa, 4096, 9000));
    await expect(backUp(data, archive)).rejects.toThrow(
      /broken\.db: the database is damaged|broken\.db: .*malformed/,
    );
    expect(globSync(`${folder.path}/{.*,*}`).map((path) => path.slice(folder.path.length + 1))).toEqual([
      "data",
    ]);
  });
});

interface Counts {
  readonly count: number;
  readonly last: number | null;
}

describe("a restore", () => {
  it("puts aside what was there, and nothing is lost", async () => {
    const { data, archive, other } = createPlace();
    await backUp(data, archive);
    mkdirSync(other);
    const otherKey = readOrCreateHubKey(other);
    const { putAside = "" } = await restore(archive, other);
    expect(dirname(putAside)).toBe(other);
    expect(readOrCreateHubKey(putAside)).toEqual(otherKey);
    expect(readOrCreateHubKey(other)).toEqual(readOrCreateHubKey(data));
  });

  it.runIf(process.getuid?.() === 0)("of root's belongs to whoever owns the directory", async () => {
    const { data, archive, other } = createPlace();
    await backUp(data, archive);
    mkdirSync(other);
    readOrCreateHubKey(other);
    chownSync(other, 12_345, 12_346);
    chownSync(join(other, "hub.key"), 12_345, 12_346);
    await restore(archive, other);
    for (const name of await readdir(other, { recursive: true })) {
      const { uid, gid } = statSync(join(other, name));
      expect({ name, uid, gid }).toEqual({ name, uid: 12_345, gid: 12_346 });
    }
  });

  it("touches nothing for a backup that is cut, changed or none", async () => {
    const { folder, data, archive, other } = createPlace();
    folder.write("data/plugins/large", randomBytes(50_000));
    await backUp(data, archive);
    const whole = readFileSync(archive);
    const changed = Buffer.from(whole);
    changed[changed.length >> 1]! ^= 0x10;
    readOrCreateHubKey(other);
    const wrong = {
      empty: Buffer.alloc(0),
      text: Buffer.from("hello"),
      changed,
      "tar of nothing": gzipSync(Buffer.alloc(1024)),
      ...Object.fromEntries(
        [1, 100, 0.5].map((cut) => {
          const end = cut < 1 ? Math.floor(whole.length * cut) : whole.length - cut;
          return [`cut at ${end}`, whole.subarray(0, end)];
        }),
      ),
    };
    for (const [name, bytes] of Object.entries(wrong)) {
      await expect(restore(folder.write("wrong.tar.gz", bytes), other), name).rejects.toThrow(BackupError);
      expect(await readdir(other), name).toEqual(["hub.key"]);
    }
  });

  it("ends once, and leaves nothing, when a backup is cut before its first file is opened", async () => {
    const { folder, other } = createPlace();
    const whole = gzipSync(await tarOf([{ name: "a/b/c/d/e/f" }, randomBytes(10_000)]));
    const file = folder.write("cut.tar.gz", whole.subarray(0, 5_000));
    for (let round = 0; round < 10; round += 1) {
      await expect(restore(file, other)).rejects.toThrow("it is not whole: its end is missing");
      expect(await readdir(other)).toEqual([]);
    }
  });

  it("writes nowhere else, whatever the archive says", async () => {
    const { folder, other } = createPlace();
    const hostile: readonly Entry[] = [
      [{ name: "../escaped" }, "x"],
      [{ name: "../escaped" }, randomBytes(1_000_000)],
      [{ name: "plugins/../../escaped" }, "x"],
      [{ name: join(folder.path, "escaped") }, "x"],
      [{ name: "link", type: "symlink", linkname: "/etc" }],
      [{ name: "link", type: "link", linkname: "/etc/passwd" }],
      [{ name: "device", type: "character-device" }],
      [{ name: "." }, "x"],
      [{ name: "a\\..\\b" }, "x"],
      [{ name: ".restore-x" }, "x"],
      [{ name: "before-restore-x/a" }, "x"],
      [{ name: "lost+found" }, "x"],
    ];
    for (const entry of hostile) {
      const file = folder.write("hostile.tar.gz", gzipSync(await tarOf(entry)));
      await expect(restore(file, other), entry[0].name).rejects.toThrow(BackupError);
      expect(existsSync(join(folder.path, "escaped"))).toBe(false);
      expect(await readdir(other)).toEqual([]);
    }
  });
});

async function namesIn(archive: string): Promise<string[]> {
  const entries = createReadStream(archive).pipe(createGunzip()).pipe(extract());
  const names: string[] = [];
  for await (const entry of entries) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
