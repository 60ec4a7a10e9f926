import { HubError, PROBLEMS } from "@palaver/client";
import { expect, test } from "vitest";
import { FakeConnection } from "../../fake-connection.ts";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

const env = { LANG: "zh_CN.UTF-8" };
const send = { command: "send", hub, room: "lobby", json: false } as const;
const tail = { command: "tail", hub, room: "lobby", json: false } as const;

test("under a Chinese locale what went wrong is told in Chinese, and what others read is as ever", async () => {
  const connection = onlineConnection();
  connection.onRun = () => ({ pieces: [{ type: "text", text: "unknown: zzz" }] });
  const tr = startPipe({ command: "tr", hub, words: ["zzz"], json: true }, { connection, env });
  expect(await tr.status).toBe(1);
  expect(JSON.parse(tr.stdout)).toMatchObject({ word: "zzz", known: false, text: "unknown: zzz" });
  expect(tr.stderr).toBe("palaver: 1 个词中有 1 个查不到\n");
});

test("a refused line is told in Chinese, by the code and with the hub's own words", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe(send, { connection, env });
  pipe.stdin.end("hello\n");
  await connection.until(() => connection.said.length === 1);
  connection.said[0]?.refuse(new HubError("FORBIDDEN", "You are muted."));
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: 第 1 行：不允许，或没有（You are muted.）\n");
});

test("standard input, files and a hub that is not there are told in Chinese", async () => {
  const long = startPipe(send, { env });
  long.stdin.end("x".repeat(5000));
  expect(await long.status).toBe(1);
  expect(long.stderr).toBe("palaver: 第 1 行超过 4000 字节\n");

  const put = startPipe({ command: "put", hub, files: ["nothing.png"], json: false }, { env });
  expect(await put.status).toBe(1);
  expect(put.stderr).toBe("palaver: nothing.png: 没有这个文件或文件夹\n");

  const impatient = { ...hub, timeoutMs: 20 };
  const unreachable = startPipe({ ...tail, hub: impatient }, { connection: new FakeConnection(), env });
  expect(await unreachable.status).toBe(5);
  expect(unreachable.stderr).toBe("palaver: 127.0.0.1:6666 在 20 毫秒内没有回应\n");
});

test("tail tells in Chinese that the hub went, is back, and closed for good", async () => {
  const { connection, ...pipe } = startPipe(tail, { env });
  const heard: string[] = [];
  pipe.streams.stderr.on("data", (chunk: Buffer) => heard.push(chunk.toString()));
  await connection.until(() => connection.joins.length === 1);
  connection.setState("offline");
  connection.setState("online");
  const error = new HubError("AUTH", PROBLEMS.refused("AUTH"), {
    problem: { name: "refused", args: ["AUTH"] },
  });
  connection.emit("state", { state: "closed", reason: error.message, error });
  expect(await pipe.status).toBe(1);
  expect(heard.join("")).toBe(
    "palaver: 服务器没有回应，正在重试\npalaver: 服务器恢复了回应\npalaver: 密钥不符\n",
  );
});
