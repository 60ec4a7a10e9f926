import { describe, expect, test } from "vitest";
import { configSchema } from "../../src/exec/config.ts";

const disk = {
  summary: "Disk usage of a file system",
  argv: ["/usr/bin/df", "-h", "{path}"],
  args: { path: { type: "enum", values: ["/", "/tmp"] } },
  roles: ["operator"],
  timeout: "5s",
};

/** `key: message` of everything that is wrong with this command. */
function problems(command: object): string[] {
  const checked = configSchema.safeParse({ commands: { it: { ...disk, ...command } } });
  return checked.success
    ? []
    : checked.error.issues.map(({ path, message }) => `${path.slice(2).join(".")}: ${message}`);
}

const withArgument = (argument: object) => problems({ args: { path: argument } });

test("nothing at all is a configuration", () => {
  expect(configSchema.parse({})).toEqual({
    commands: {},
    defaults: true,
    max_running: 16,
    max_running_per_user: 4,
    sandbox: "auto",
    audit: 100_000,
  });
});

test("the outside contract's example loads as it stands", () => {
  expect(configSchema.parse({ commands: { disk } }).commands["disk"]).toMatchObject({
    timeout: 5000,
    max_output: 65_536,
    max_input: 0,
    max_running: 4,
    cwd: "/",
    env: {},
    network: false,
    confirm: false,
    changes: false,
    max_memory: 4 * 2 ** 30,
    max_file_size: 64 * 2 ** 20,
  });
});

describe("a command is refused", () => {
  test.each([
    ["an unknown key", { shell: true }, ': Unrecognized key: "shell"'],
    ["a relative program", { argv: ["df", "{path}"] }, "argv.0: must be the absolute path of a program"],
    [
      "a program named by the caller",
      { argv: ["/bin/{path}"] },
      "argv.0: must be the absolute path of a program",
    ],
    [
      "an argument that is not declared",
      { argv: ["/bin/df", "{path}", "{x}"] },
      "argv.2: uses {x}, which is not declared",
    ],
    ["an argument that is not used", { argv: ["/bin/df"] }, "args.path: is declared but not used"],
    ["half a placeholder", { argv: ["/bin/df", "{path}", "a{"] }, "argv.2: holds a single {"],
    ["a NUL", { argv: ["/bin/df", "{path}\0"] }, "argv.1: must not hold a NUL"],
    [
      "a time limit without unit",
      { timeout: "5" },
      'timeout: must be a duration of at most 24 hours, written like "500ms"',
    ],
    ["a time limit of two days", { timeout: "2d" }, "timeout: must be a duration of at most 24 hours"],
    ["too much output", { max_output: 2 ** 30 }, "max_output: Too big"],
    ["a relative folder", { cwd: "tmp" }, "cwd: must be an absolute path"],
    [
      "an argument's odd name",
      { args: { "path-2": { type: "integer", min: 0, max: 1 } } },
      "args.path-2: must be 1 to 32 of a-z",
    ],
    ["a variable's odd name", { env: { "A=B": "c" } }, "env.A=B: must be letters, digits and _"],
  ])("for %s", (_, command, problem) => {
    expect(problems(command).join("\n")).toContain(problem);
  });

  test("for its name", () => {
    const checked = configSchema.safeParse({ commands: { "Disk usage": disk } });
    expect(checked.error?.issues).toMatchObject([
      { path: ["commands", "Disk usage"], message: expect.stringContaining("must be 1 to 32 of a-z") },
    ]);
  });

  test.each(["audit", "jobs", "kill", "yes"])("for the name %s, which is a word of exec's own", (name) => {
    const checked = configSchema.safeParse({ commands: { [name]: disk } });
    expect(checked.error?.issues).toMatchObject([
      { path: ["commands", name], message: "is a word of exec's own; choose another name" },
    ]);
  });

  test("for a required argument behind an optional one", () => {
    const integer = { type: "integer", min: 0, max: 9 };
    const command = {
      argv: ["/bin/x", "{a}", "{b}"],
      args: { a: { ...integer, optional: true }, b: integer },
    };
    expect(problems(command)).toEqual(["args.b: must be given but follows the optional a; swap them"]);
  });
});

describe("an argument is refused", () => {
  test.each([
    ["an unknown type", { type: "any" }, "args.path.type: "],
    ["a broken pattern", { type: "pattern", pattern: "a(" }, "args.path.pattern: is no regular expression"],
    [
      "a pattern that breaks out",
      { type: "pattern", pattern: "a)|(?:b" },
      "args.path.pattern: is no regular expression",
    ],
    ["a pattern without end", { type: "pattern", pattern: "a".repeat(257) }, "args.path.pattern: Too big"],
    ["an empty range", { type: "integer", min: 2, max: 1 }, "args.path.min: is above max"],
    ["a range below 0", { type: "integer", min: -1, max: 1 }, "args.path.min: is below 0"],
    [
      "a value that is an option",
      { type: "enum", values: ["-h"] },
      "args.path.values.0: must not start with -",
    ],
    [
      "a default that is no value",
      { type: "enum", values: ["a"], default: "b" },
      "args.path.default: must be one of a",
    ],
    ["a relative root", { type: "path", below: "srv" }, "args.path.below: must be an absolute path"],
    [
      "an unknown key",
      { type: "path", below: "/srv", follow: true },
      'args.path: Unrecognized key: "follow"',
    ],
  ])("for %s", (_, argument, problem) => {
    expect(withArgument(argument).join("\n")).toContain(problem);
  });

  test("unless its leading dash is declared", () => {
    expect(withArgument({ type: "enum", values: ["-h"], allow_dash: true })).toEqual([]);
    expect(withArgument({ type: "integer", min: -1, max: 1, allow_dash: true })).toEqual([]);
  });
});
