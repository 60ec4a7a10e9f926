import { expect, test } from "vitest";
import { chooseChatMode } from "../../src/terminal/chat-mode.ts";
import { prepareEnvironment } from "../../src/terminal/environment.ts";

const terminal = { linear: false, stdinIsTerminal: true, stdoutIsTerminal: true, term: "xterm-256color" };

test.each([
  [{}, "fullscreen"],
  [{ linear: true }, "plain"],
  [{ term: "dumb" }, "plain"],
  [{ stdinIsTerminal: false }, "plain"],
  [{ stdoutIsTerminal: false }, "plain"],
] as const)("%j gives %s", (facts, mode) => {
  expect(chooseChatMode({ ...terminal, ...facts })).toBe(mode);
});

test("NO_COLOR turns colour off where chalk looks, an empty one does not", () => {
  const env: NodeJS.ProcessEnv = { NO_COLOR: "1" };
  prepareEnvironment(env);
  expect(env["FORCE_COLOR"]).toBe("0");
  const empty: NodeJS.ProcessEnv = { NO_COLOR: "" };
  prepareEnvironment(empty);
  expect(empty["FORCE_COLOR"]).toBeUndefined();
});
