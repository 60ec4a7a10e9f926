import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createProcessOutput } from "../../src/capabilities/processes-output.ts";

const fail = (): never => {
  throw new Error("must not be called");
};

test("a source is left unread while 64 KiB wait, and read on when they are taken", async () => {
  const output = createProcessOutput(2 ** 30, fail, fail);
  const source = new PassThrough();
  output.read("stdout", source);
  const paused = once(source, "pause");
  for (let n = 0; n < 8; n++) source.write(Buffer.alloc(32_768, n));
  await paused;
  expect(output.bytes()).toBe(65_536);

  source.end();
  void once(source, "close").then(() => output.drain());
  let seen = 0;
  for await (const { bytes } of output.pieces) seen += bytes.length;
  expect(seen).toBe(8 * 32_768);
});

test("past the limit everything is closed, and what came before is delivered", async () => {
  let limits = 0;
  const output = createProcessOutput(10, () => limits++, fail);
  const [out, err] = [new PassThrough(), new PassThrough()];
  output.read("stdout", out);
  output.read("stderr", err);
  const closed = Promise.all([once(out, "close"), once(err, "close")]);
  out.write("123456");
  err.write("abcdef");
  await closed;
  await output.drain();
  const pieces: string[] = [];
  for await (const { stream, bytes } of output.pieces)
    pieces.push(`${stream} ${Buffer.from(bytes).toString()}`);
  expect(pieces).toEqual(["stdout 123456", "stderr abcd"]);
  expect(limits).toBe(1);
});

test("a source that somebody who escaped keeps open is given up after the end", async () => {
  const output = createProcessOutput(1000, fail, fail);
  const source = new PassThrough();
  output.read("stdout", source);
  source.write("last words");
  await output.drain();
  expect(source.destroyed).toBe(true);
  for await (const { bytes } of output.pieces) expect(Buffer.from(bytes).toString()).toBe("last words");
});
