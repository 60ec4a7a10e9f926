import type { Caller } from "@palaver/plugin-api";
import { expect, test } from "vitest";
import echo from "../../src/echo/index.ts";

const caller: Caller = {
  id: "1",
  nick: undefined,
  roles: [],
  dialect: "text",
  address: "127.0.0.1:5353",
  key: undefined,
  online: false,
};
const signal = new AbortController().signal;
const log = { info() {}, warn() {}, error() {}, progress() {} };

test("echo gives back the text, as a command and on a mount", async () => {
  const plugin = await echo.setup({ config: undefined, log, signal });
  expect(plugin.commands?.["echo"]?.run({ args: { text: "two words" }, argv: [], caller, signal })).toBe(
    "two words",
  );
  expect(plugin.text?.({ text: "two words", caller, signal })).toBe("two words");
});
