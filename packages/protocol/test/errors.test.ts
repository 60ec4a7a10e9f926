import { expect, test } from "vitest";

import { ERROR_NUMBERS, errorCodeOf, PalaverError } from "../src/errors.ts";

test("the numbers on the wire are 1 to 14 in the order of the specification", () => {
  expect(Object.entries(ERROR_NUMBERS).map(([code, number]) => `${number} ${code}`)).toEqual([
    "1 NO_ERROR",
    "2 PROTOCOL",
    "3 VERSION",
    "4 AUTH",
    "5 FORBIDDEN",
    "6 RATE",
    "7 TOO_LARGE",
    "8 FLOW",
    "9 EXPIRED",
    "10 PLUGIN",
    "11 TIMEOUT",
    "12 SHUTDOWN",
    "13 IDLE",
    "14 BUSY",
  ]);
});

test("an unknown number reads as PROTOCOL", () => {
  expect(errorCodeOf(14)).toBe("BUSY");
  expect(errorCodeOf(0)).toBe("PROTOCOL");
  expect(errorCodeOf(2 ** 40)).toBe("PROTOCOL");
});

test("an error keeps its code and its cause", () => {
  const cause = new Error("inner");
  expect(new PalaverError("FLOW", "too much", { cause })).toMatchObject({
    name: "PalaverError",
    code: "FLOW",
    cause,
  });
});
