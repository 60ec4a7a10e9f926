import { expect, test } from "vitest";
import { parseTimeoutMs } from "../../src/arguments/duration.ts";

test.each([
  ["5", 5000],
  ["5s", 5000],
  ["500ms", 500],
  ["0.5", 500],
])("%s is %i ms", (text, timeoutMs) => {
  expect(parseTimeoutMs(text)).toBe(timeoutMs);
});

test.each(["", "0", "-1", "5m", "1e3", "0.1ms", "999999999"])("%s is refused", (text) => {
  expect(() => parseTimeoutMs(text)).toThrow("is not a time");
});
