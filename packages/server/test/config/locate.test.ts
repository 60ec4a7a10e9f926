import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import { createLocator } from "../../src/config/locate.ts";

type Path = (string | number)[];

/** Every leaf of the samples says the line that it stands on. */
function expectLeavesOnTheirLines(source: string): void {
  const lineOf = createLocator(source);
  const leaves = [...leavesOf(parse(source), [])];
  expect(leaves.length).toBeGreaterThan(0);
  for (const { path, value } of leaves)
    expect({ path, line: lineOf(path) }).toEqual({ path, line: Number(value) });
}

function* leavesOf(value: unknown, path: Path): Generator<{ path: Path; value: unknown }> {
  if (typeof value !== "object" || value === null) yield { path, value };
  else {
    for (const [key, inner] of Object.entries(value)) {
      yield* leavesOf(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  }
}

describe("the line of a key", () => {
  it.each([
    ["tables and plain keys", "a = 1\n# a = 9\n\n[t]\nb = 5\n  [t.u]\n\tc = 7"],
    ["dotted keys", "a.b = 1\na . c . d = 2\n[t]\nx.y.z = 4"],
    ["quoted keys", `"a b" = 1\n'c.d'."e\\"]=f" = 2\n["x.y".'z#']\n"" = 4\n"\\u00e9" = 5`],
    ["inline tables", `a = { b = 1, c = { d.e = 1, f = [1, 1] } }\ng = 2`],
    ["arrays over several lines", "a = [\n  2, # ] no end\n  3,\n\n  [5,\n6], 6\n]\nb = 8"],
    ["inline tables in arrays", "a = [\n { x = 2 },\n { x = 3, y = [\n4 ] },\n]\nb = 6"],
    [
      "arrays of tables",
      "[[u]]\na = 2\n[[u]]\na = 4\n[u.v]\nb = 6\n[[u.w]]\nc = 8\n[[u.w]]\nc = 10\n[[u]]\n[[u.w]]\nc = 13",
    ],
    ["Windows line ends", "a = 1\r\n[t]\r\nb = [ 3,\r\n4 ]\r\nc = 5\r\n"],
  ])("is found: %s", (_, source) => expectLeavesOnTheirLines(source));

  it.each([
    ["basic", 'a = "\\" ] } # = \\\\"\nb = 2'],
    ["literal", "a = '\\'\nb = 2"],
    ["basic over lines", 'a = """\n[t]\nb = 9\n"" \\""" """\nb = 5'],
    ["literal over lines", "a = '''\n'' [t]\nb = 9'''\nb = 4"],
    ["ending in quotes of its own", "a = \"\"\"x\"\"\"\"\"\nc = '''y'''''\nb = 3"],
    ["in an array", 'a = ["]", \'#\', """\n]"""\n]\nb = 4'],
    ["dates with a blank", "a = [1979-05-27 07:32:00, 1979-05-27]\nb = 2"],
  ])("is not led astray by text: %s", (_, source) => {
    expect(createLocator(source)(["b"])).toBe((parse(source) as { b: number }).b);
  });

  it("is the table's own line where a setting is missing", () => {
    const lineOf = createLocator("x = 1\n[a.b]\ny = 3\n[a]\nz = 5\n[[u]]\n[[u]]\n");
    expect(lineOf(["a", "b", "missing"])).toBe(2);
    expect(lineOf(["a", "missing", "deep", 3])).toBe(4);
    expect(lineOf(["u", 1, "key"])).toBe(7);
    expect(lineOf(["nowhere"])).toBeUndefined();
    expect(lineOf([])).toBeUndefined();
  });

  it("is found in any document that the writer of TOML makes", () => {
    // Names from a small set, so that tables and keys meet under the same ones.
    const key = fc.oneof(fc.constantFrom("a", "b", "c"), fc.string({ maxLength: 4, unit: "grapheme" }));
    const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constant(0),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(tie("table"), { minLength: 1, maxLength: 3 }),
        tie("table"),
      ),
      table: fc
        .dictionary(key, tie("value"), { maxKeys: 4 })
        .filter((made) => !Object.hasOwn(made, "__proto__")),
    }));
    fc.assert(
      fc.property(table, (shape) => {
        let count = 0;
        // A number that occurs once tells the line it was written to.
        const number = (value: unknown): unknown => {
          if (Array.isArray(value)) return value.map(number);
          if (typeof value !== "object" || value === null) return 1_000_000 + count++;
          return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, number(inner)]));
        };
        const document = number(shape) as Record<string, unknown>;
        const source = stringify(document);
        const lines = source.split("\n");
        const lineOf = createLocator(source);
        for (const { path, value } of leavesOf(document, [])) {
          expect(lineOf(path)).toBe(lines.findIndex((line) => line.includes(String(value))) + 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is found in long documents without recursion over their length", () => {
    const source = `a = """${"x\n".repeat(300_000)}"""\nb = 2`;
    expect(createLocator(source)(["b"])).toBe(300_002);
  });
});
