import { expect, test } from "vitest";
import { Rests } from "../../src/peers/rests.ts";

const proven = (id: string) => ({ id, proven: true });

test("a rest that is full says so once, however much comes, and fills again when it is taken", () => {
  const rests = new Rests();
  for (let piece = 0; piece < 20; piece++) rests.add(proven("peer"), 1, "x".repeat(10_000), true, 0);
  expect(rests.take("peer", 0)).toMatchObject({
    text: `${"x".repeat(65_536)}\n(cut here)\n`,
    open: true,
  });
  rests.add(proven("peer"), 1, "what came then", true, 0);
  rests.add(proven("peer"), 1, "", false, 0);
  expect(rests.take("peer", 0)).toMatchObject({ text: "what came then", open: false });
  expect(rests.take("peer", 0)).toBeUndefined();
});

test("a full one ends, and stays as long as its last piece says", () => {
  const rests = new Rests();
  rests.add(proven("peer"), 1, "x".repeat(70_000), true, 0);
  rests.add(proven("peer"), 1, "y", false, 100_000);
  rests.add(proven("peer"), 0, "of an older answer", false, 100_000);
  expect(rests.take("peer", 200_000)).toMatchObject({ open: false });
});
