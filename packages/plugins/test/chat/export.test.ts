import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { exportMessages } from "../../src/chat/export.ts";
import { createFolder } from "./folder.ts";
import { setUp } from "./people.ts";

const lines = (directory: string, room?: string) =>
  [...exportMessages(directory, room)].map((line) => JSON.parse(line) as Record<string, unknown>);

it("gives every message of a room in order, a JSON object each, without keys and addresses, while the hub runs", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  setup.guest("eve", "192.0.2.7:1");
  for (let number = 1; number <= 1001; number++) hub.call(ada, `say ${number}`);
  hub.call(ada, "edit ^1 first");
  hub.call(ada, "join dev");
  hub.call(ada, "say 你好 @ada");
  const lobby = lines(plugin.directory, "#Lobby");
  expect(lobby.map(({ seq }) => seq)).toEqual(Array.from({ length: 1002 }, (_, index) => index + 1));
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
  expect(lobby[0]).toEqual({
    room: "lobby",
    seq: 1,
    at,
    from: "ada",
    kind: "say",
    text: "first",
    editedAt: at,
  });
  expect(lobby[1001]).toMatchObject({ kind: "edit", target: 1, to: "ada" });
  const all = lines(plugin.directory);
  expect(all).toHaveLength(1003);
  expect(all[0]).toEqual({
    room: "dev",
    seq: 1,
    at,
    from: "ada",
    kind: "say",
    text: "你好 @ada",
    mentions: ["ada"],
  });
  expect(JSON.stringify(all)).not.toMatch(/key-ada|192\.0\.2/);
});

it("changes nothing, and says what is wrong", () => {
  const folder = createFolder();
  expect(() => lines(folder)).toThrow("no hub has run on this data");
  const file = join(folder, "history.db");
  const old = new DatabaseSync(file);
  old.exec("CREATE TABLE messages (room TEXT)");
  old.close();
  const sum = () => createHash("sha256").update(readFileSync(file)).digest("hex");
  const before = sum();
  expect(() => lines(folder)).toThrow("is of an older version; start the hub once");
  expect(() => lines(folder, "../x")).toThrow("that is no room name");
  expect(sum()).toBe(before);
});

it("a room of which nothing is stored is an error, not an empty file", async () => {
  await using setup = await setUp();
  expect(() => lines(setup.plugin.directory, "nowhere")).toThrow("nothing is stored of #nowhere");
});
