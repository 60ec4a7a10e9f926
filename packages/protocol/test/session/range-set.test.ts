import fc from "fast-check";
import { expect, test } from "vitest";

import { RangeSet } from "../../src/session/range-set.ts";

const operations = fc.array(
  fc.record({
    isAdd: fc.boolean(),
    lo: fc.integer({ min: 0, max: 60 }),
    size: fc.integer({ min: 0, max: 20 }),
  }),
  { maxLength: 40 },
);

test("it holds what a plain set holds, in ascending ranges that do not touch", () => {
  fc.assert(
    fc.property(operations, (all) => {
      const ranges = new RangeSet();
      const plain = new Set<number>();
      for (const { isAdd, lo, size } of all) {
        if (isAdd) ranges.add(lo, lo + size);
        else ranges.remove(lo, lo + size);
        for (let value = lo; value < lo + size; value++) {
          if (isAdd) plain.add(value);
          else plain.delete(value);
        }
      }
      for (let value = -1; value <= 82; value++) expect(ranges.has(value)).toBe(plain.has(value));
      for (let i = 0; i < ranges.count; i++) {
        expect(ranges.startOf(i)).toBeLessThan(ranges.endOf(i));
        if (i > 0) expect(ranges.startOf(i)).toBeGreaterThan(ranges.endOf(i - 1));
      }
      for (let lo = 0; lo < 80; lo += 7) {
        for (let hi = lo; hi < 82; hi += 5) {
          const expected = Array.from({ length: hi - lo }, (_unused, i) => lo + i).every((value) =>
            plain.has(value),
          );
          expect(ranges.covers(lo, hi)).toBe(expected);
        }
      }
    }),
  );
});
