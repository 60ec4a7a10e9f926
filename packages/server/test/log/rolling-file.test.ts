import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RollingFile } from "../../src/log/rolling-file.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palaver-rolling-"));
  path = join(directory, "palaver.log");
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (suffix = "") => readFileSync(path + suffix, "utf8");

describe("a rolling file", () => {
  it("keeps its name, and the newest of the older ones is .1", () => {
    using file = new RollingFile({ path, maxBytes: 10, keep: 2 });
    for (const line of ["one 567\n", "two 567\n", "three 5\n", "four 67\n"]) file.write(line);
    expect(readdirSync(directory).toSorted()).toEqual(["palaver.log", "palaver.log.1", "palaver.log.2"]);
    expect([read(), read(".1"), read(".2")]).toEqual(["four 67\n", "three 5\n", "two 567\n"]);
  });

  it("is never larger than its bound, by bytes and not by characters, and loses no line", () => {
    using file = new RollingFile({ path, maxBytes: 100, keep: 50 });
    const lines = Array.from({ length: 100 }, (_, index) => `${index} 苹果\n`);
    for (const line of lines) file.write(line);
    const names = readdirSync(directory);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(100);
    const all = names.flatMap((name) => readFileSync(join(directory, name), "utf8").split(/(?<=\n)/));
    expect(all.toSorted()).toEqual(lines.toSorted());
  });

  it("takes a line that is larger than its bound whole", () => {
    using file = new RollingFile({ path, maxBytes: 10, keep: 1 });
    file.write("a\n");
    file.write("x".repeat(50));
    expect(read()).toHaveLength(50);
    expect(read(".1")).toBe("a\n");
  });

  it("goes on in the file that is there, and counts it", () => {
    for (const line of ["before\n", "after\n", "more\n"]) {
      using file = new RollingFile({ path, maxBytes: 13 });
      file.write(line);
    }
    expect([read(), read(".1")]).toEqual(["more\n", "before\nafter\n"]);
  });

  it("is for its owner alone", () => {
    using _ = new RollingFile({ path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("does not rotate what a second hub in the same directory has rotated", () => {
    using one = new RollingFile({ path, maxBytes: 10 });
    using other = new RollingFile({ path, maxBytes: 10 });
    one.write("one 567\n");
    one.write("two 567\n");
    // The other has the older file still; by now it is full.
    other.write("three\n");
    other.write("four\n");
    expect(readdirSync(directory).toSorted()).toEqual(["palaver.log", "palaver.log.1"]);
    expect(read()).toBe("two 567\nfour\n");
  });

  it("opens its name again when somebody moved the file away", () => {
    using file = new RollingFile({ path });
    file.write("one\n");
    renameSync(path, `${path}.moved`);
    file.reopen();
    file.write("two\n");
    expect([read(), read(".moved")]).toEqual(["two\n", "one\n"]);
  });

  it("makes its folder again when somebody removed it", () => {
    using file = new RollingFile({ path });
    file.write("one\n");
    rmSync(directory, { recursive: true });
    file.reopen();
    file.write("two\n");
    expect(read()).toBe("two\n");
  });

  it("loses lines while it cannot write, and goes on when it can again", () => {
    using file = new RollingFile({ path, maxBytes: 5, keep: 1 });
    file.write("one\n");
    // A directory with something in it stands where the older file would go.
    mkdirSync(`${path}.1/x`, { recursive: true });
    file.write("lost\n");
    file.write("lost\n");
    expect(read()).toBe("one\n");
    rmSync(`${path}.1`, { recursive: true });
    file.write("two\n");
    expect([read(), read(".1")]).toEqual(["two\n", "one\n"]);
  });

  it("says at once when the file cannot be opened", () => {
    expect(() => new RollingFile({ path: join(directory, "missing/palaver.log") })).toThrow("ENOENT");
  });
});
