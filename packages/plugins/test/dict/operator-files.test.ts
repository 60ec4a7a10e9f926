import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { foldText, keyOf } from "../../src/dict/fold.ts";
import { createOperatorFiles } from "../../src/dict/operator-files.ts";
import { createTestContext } from "../plugin-context.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** The operator's files in a folder of their own. */
async function open(contents: Readonly<Record<string, string>>, names = Object.keys(contents)) {
  const folder = createTemporaryFolder();
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder.path, name), content);
  const context = createTestContext(folder.path, {});
  const { files, log, signal } = context.context;
  let reloaded = Promise.withResolvers<void>();
  const paths = names.map((name) => files.resolve(name));
  const operatorFiles = await createOperatorFiles(paths, files, log, signal, () => {
    reloaded.resolve();
    reloaded = Promise.withResolvers();
  });
  const find = (text: string) => {
    const query = { text, folded: foldText(text), key: keyOf(text) };
    const [entry] = operatorFiles.tables().flatMap((table) => table.find(query));
    return entry?.definitions[0]?.text;
  };
  return {
    path: (name: string) => join(folder.path, name),
    find,
    context,
    reloaded: () => reloaded.promise,
    /** Resolves when a word has this translation. */
    async untilFound(text: string, translation: string | undefined) {
      while (find(text) !== translation) await reloaded.promise;
    },
    [Symbol.dispose]() {
      context[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

test("the first file that has a word answers", async () => {
  using words = await open({ "one.txt": "apple:1\n", "two.txt": "apple:2\npear:2\n" });
  expect(words.find("apple")).toBe("1");
  expect(words.find("pear")).toBe("2");
});

test("a file that is saved in place is read again", async () => {
  using words = await open({ "words.txt": "apple:old\n" });
  writeFileSync(words.path("words.txt"), "apple:new\npear:new\n");
  await words.untilFound("pear", "new");
  expect(words.find("apple")).toBe("new");
});

test("a file that is replaced by a rename is read again, twice", async () => {
  using words = await open({ "words.txt": "apple:old\n" });
  for (const version of ["second", "third"]) {
    writeFileSync(words.path("words.new"), `apple:${version}\n`);
    renameSync(words.path("words.new"), words.path("words.txt"));
    await words.untilFound("apple", version);
  }
});

test("a file that is written piece by piece loses no word, neither meanwhile nor for good", async () => {
  using words = await open({ "words.txt": "apple:old\n" });
  const answers = new Set<string | undefined>();
  const asking = setInterval(() => answers.add(words.find("apple")), 1);
  const file = openSync(words.path("words.txt"), "w");
  for (const piece of ["pear:new\n", "plum:new\n", "app"]) {
    writeSync(file, piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  writeSync(file, "le:new\n");
  closeSync(file);
  await words.untilFound("apple", "new");
  clearInterval(asking);
  expect(answers).not.toContain(undefined);
  expect(words.find("plum")).toBe("new");
});

test("an emptied file is believed after a while", async () => {
  using words = await open({ "words.txt": "apple:old\n" });
  writeFileSync(words.path("words.txt"), "");
  await words.untilFound("apple", undefined);
});

test("a file that was emptied and is written again is read before its emptiness would be believed", async () => {
  using words = await open({ "words.txt": "apple:old\n", "empty.txt": "pear:old\n" });
  writeFileSync(words.path("empty.txt"), "");
  writeFileSync(words.path("words.txt"), "");
  // Longer than one look, so that it was seen empty.
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(words.path("words.txt"), "apple:new\n");
  await words.untilFound("apple", "new");
  expect(words.find("pear")).toBe("old");
});

test("a file that is not there is told, and read when it appears", async () => {
  using words = await open({}, ["words.txt"]);
  expect(words.context.logged).toMatchObject([
    { level: "warn", message: expect.stringMatching(/words\.txt is not there; it is read as soon/) },
  ]);
  writeFileSync(words.path("words.txt"), "apple:here\n");
  await words.untilFound("apple", "here");
});

test("words stay when their file goes", async () => {
  using words = await open({ "words.txt": "apple:old\n" });
  rmSync(words.path("words.txt"));
  await words.context.waitForLog(({ message }) =>
    message.endsWith("words.txt is not there; the words read before stay"),
  );
  expect(words.find("apple")).toBe("old");
});

test("bad lines are logged with file and number, the first twenty of them", async () => {
  using words = await open({ "words.txt": `${"bad\n".repeat(30)}apple:1\n` });
  const warnings = words.context.logged.filter((line) => line.level === "warn");
  expect(warnings).toHaveLength(21);
  expect(warnings[1]?.message).toBe(
    `${words.path("words.txt")}:2: there is no ":" between word and translation; the line was skipped`,
  );
  expect(warnings[20]?.message).toMatch(/10 more lines were skipped/);
  expect(words.find("apple")).toBe("1");
});

test("a folder is no dictionary", async () => {
  using folder = createTemporaryFolder();
  mkdirSync(join(folder.path, "words.txt"));
  using context = createTestContext(folder.path, {});
  const { files, log, signal } = context.context;
  const { tables } = await createOperatorFiles([files.resolve("words.txt")], files, log, signal, () => {});
  expect(tables()).toEqual([]);
  expect(context.logged).toMatchObject([
    { level: "error", message: expect.stringMatching(/words\.txt is no file and was not read/) },
  ]);
});

test("a word that is appended while the file is read again is not missed", async () => {
  using words = await open({ "words.txt": "apple:1\n" });
  writeFileSync(words.path("words.txt"), "apple:2\n");
  const first = words.reloaded();
  appendFileSync(words.path("words.txt"), "pear:2\n");
  await first;
  appendFileSync(words.path("words.txt"), "plum:2\n");
  await words.untilFound("plum", "2");
  expect(words.find("pear")).toBe("2");
});
