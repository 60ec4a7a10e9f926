import { HubError, PROBLEMS, type Problem } from "@palaver/client";
import { afterEach, expect, test } from "vitest";
import { LANGUAGES } from "../../src/i18n/words.ts";
import { reasonOf, reasonOfFile } from "../../src/text/reason.ts";
import { openScreens } from "./open-screens.ts";
import { hub, onlineConnection, startPipe } from "./pipe-harness.ts";

const screens = openScreens();
afterEach(screens.close);

const noAnswer = new HubError("TIMEOUT", PROBLEMS.noAnswer(), { problem: { name: "noAnswer", args: [] } });

test("in Chinese a refusal is told by its code, with the hub's own words behind it", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const screen = await screens.open({ connection, lang: "zh" });
  screen.type("hello\r");
  await connection.until(() => connection.said.length === 1);
  connection.said[0]?.refuse(new HubError("FORBIDDEN", "You are muted."));
  await screen.shows("发送失败：不允许，或没有（You are muted.）");
  connection.onRun = () => ({ error: new HubError("NEWER", "an error of a newer hub") });
  screen.type("/sing\r");
  await screen.shows("└ an error of a newer hub");
});

test("in Chinese the client's own errors and the system's are Chinese", async () => {
  const connection = onlineConnection();
  connection.commandTable = [{ name: "put", usage: "", summary: "" }];
  const screen = await screens.open({ connection, lang: "zh" });
  screen.type("/put nosuchfile\r");
  await screen.shows("└ 没有这个文件或文件夹");
  screen.type("/put .\r");
  await screen.shows("└ . 不是普通文件");
  connection.emit("notice", { text: "the hub does not answer", error: noAnswer });
  await screen.shows("服务器没有回应");
  connection.state = "offline";
  connection.emit("state", { state: "offline", reason: noAnswer.message, error: noAnswer });
  await screen.shows("离线，正在重试: 服务器没有回应");
});

test("line by line too", async () => {
  const connection = onlineConnection();
  const chat = { command: "chat", hub, room: "lobby", linear: true } as const;
  const pipe = startPipe(chat, { connection, env: { LANG: "zh_CN.UTF-8" } });
  await connection.until(() => connection.joins.length > 0);
  connection.emit("state", { state: "offline", reason: noAnswer.message, error: noAnswer });
  await connection.until(() => pipe.stderr !== "");
  expect(pipe.stderr).toBe("palaver: 离线，正在重试: 服务器没有回应\n");
  pipe.stdin.end();
  await pipe.status;
});

test("who comes and goes is told in Chinese too, on the screen and line by line", async () => {
  const connection = onlineConnection();
  const screen = await screens.open({ connection, lang: "zh" });
  connection.store("bob", "bob left", "lobby", "notice");
  connection.store("bob", "hello");
  connection.store("eve", "eve went offline (idle)", "lobby", "notice");
  connection.store("eve", "eve is now mallory", "lobby", "notice");
  await screen.shows("mallory");
  const rows = screen.rows().join("\n");
  expect(rows).toMatch(/bob 离开了 [^]*hello[^]*eve 下线了 \(idle\)/);
  expect(rows).toContain("eve is now mallory");
  const chat = { command: "chat", hub, room: "lobby", linear: true } as const;
  const pipe = startPipe(chat, { connection: onlineConnection(), env: { LANG: "zh_CN.UTF-8" } });
  await pipe.connection.until(() => pipe.connection.joins.length > 0);
  pipe.connection.store("bob", "bob is here", "lobby", "notice");
  pipe.stdin.end();
  await pipe.status;
  expect(pipe.stdout).toMatch(/^\[lobby\] \d\d:\d\d -- bob 来了\n$/);
});

const examples: readonly Problem[] = [
  { name: "unknownHost", args: ["hub.example"] },
  { name: "wrongKey", args: ["hub.example:6666", { since: "2026-09-24", line: 3, file: "known_hosts" }] },
  { name: "wrongKey", args: ["hub.example:6666", { file: "known_hosts" }] },
  { name: "refused", args: ["BUSY"] },
  { name: "notInRoom", args: ["dev"] },
];

test("English says what the library says, Chinese the same in Chinese", () => {
  for (const problem of examples) {
    const message = (PROBLEMS[problem.name] as (...args: readonly unknown[]) => string)(...problem.args);
    const error = new HubError("AUTH", message, { problem });
    expect(reasonOf(error, LANGUAGES.en)).toBe(message);
    const chinese = reasonOf(error, LANGUAGES.zh);
    expect(chinese).toMatch(/\p{Script=Han}/u);
    expect(chinese).not.toMatch(/\b(?:the|is|hub)\b(?!\.)/);
  }
});

test("what has no translation is told as it is", () => {
  expect(reasonOf(new Error("something of its own"), LANGUAGES.zh)).toBe("something of its own");
  expect(reasonOf(new HubError("BUSY", "3 calls"), LANGUAGES.en)).toBe("3 calls");
});

test("a full disk is told in words; a path only where the reader has not named it", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    errno: -28,
    code: "ENOSPC",
  });
  expect(reasonOfFile(full, "1")).toBe("no space left on device");
  const missing = Object.assign(new Error("ENOENT"), { errno: -2, code: "ENOENT", path: "a/b" });
  expect(reasonOfFile(missing, "a/b")).toBe("no such file or directory");
  expect(reasonOfFile(missing, "1", LANGUAGES.zh)).toBe("a/b: 没有这个文件或文件夹");
});
