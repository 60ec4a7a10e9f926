import { expect, test } from "vitest";
import { spokenSize } from "../src/spoken-size.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [10_188, "9.9 KiB"],
  [10_239, "10 KiB"],
  [1_048_063, "1023 KiB"],
  [1_048_064, "1.0 MiB"],
  [1_048_575, "1.0 MiB"],
  [104 * 1024 ** 2, "104 MiB"],
  [2 * 1024 ** 3, "2.0 GiB"],
  [5000 * 1024 ** 4, "5000 TiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(spokenSize(bytes)).toBe(text);
});
