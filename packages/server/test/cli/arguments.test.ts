import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/cli/arguments.ts";

const parse = (line: string) => parseArguments(line.split(" ").filter(Boolean), "1.2.3");

describe("the command line", () => {
  it("runs the hub without any words", () => {
    expect(parse("")).toEqual({ command: "run", options: {} });
    expect(parse("start")).toEqual({ command: "run", options: {} });
    expect(parse("start --detach")).toEqual({ command: "start", options: {} });
  });

  it("takes its options before and after the command", () => {
    const options = { config: "a.toml", data: "d", logLevel: "debug", logFormat: "json", logDir: "l" };
    const words = "--config a.toml --data d --log-level debug --log-format=json --log-dir l";
    expect(parse(`${words} check`)).toEqual({ command: "check", options });
    expect(parse(`check ${words}`)).toEqual({ command: "check", options });
    expect(parse("dict build -d d")).toEqual({ command: "dict build", options: { data: "d" } });
    expect(parse("-c a.toml status --json")).toEqual({
      command: "status",
      json: true,
      options: { config: "a.toml" },
    });
  });

  it("exports one room or all", () => {
    expect(parse("export dev -d d")).toEqual({ command: "export", room: "dev", options: { data: "d" } });
    expect(parse("export")).toEqual({ command: "export", room: undefined, options: {} });
  });

  it("collects listeners, also from both sides of the command", () => {
    expect(parse("--listen udp://[::]:0 start --listen tcp://localhost:1=dict")).toMatchObject({
      command: "run",
      options: {
        listen: [
          { url: "udp://[::]:0", mount: undefined },
          { url: "tcp://localhost:1", mount: "dict" },
        ],
      },
    });
  });

  it("prints its version and help", () => {
    expect(parse("--version")).toEqual({ command: "print", text: "1.2.3\n" });
    const help = parse("--help") as { text: string };
    for (const word of [
      "check",
      "start",
      "stop",
      "reload",
      "status",
      "dict",
      "--listen",
      "Examples:",
      "Exit codes:",
    ]) {
      expect(help.text).toContain(word);
    }
    expect((parse("check --help") as { text: string }).text).toContain("--config");
  });

  it.each([
    ["chek", 'palaverd: unknown command "chek"; did you mean check? (see palaverd --help)'],
    [
      "frobnicate",
      'palaverd: unknown command "frobnicate"; there is check, start, stop, reload, status, doctor, grant, users, export, backup, restore, completions, dict, plugin (see',
    ],
    ["chek --config x", 'unknown command "chek"; did you mean check?'],
    ["dict biuld", 'unknown command "biuld"; did you mean build?'],
    ["dict", "palaverd: dict needs a command; write: palaverd dict build"],
    ["grant ada Operator", "is no role; write small letters"],
    ["grant ada", "missing required argument 'role'"],
    ["check extra", 'check takes no words; remove "extra"'],
    ["grant ada operator more", 'grant takes 2 words; remove "more"'],
    [
      "grant -DpaPRWfmO0e2BXoPGgMe89OQNybrzGPJXUv7UPfoEQ operator",
      "a key that begins with - is taken for an option; write -- before it: palaverd [options] grant -- KEY ROLE",
    ],
    ["--confg x", "palaverd: unknown option '--confg'; did you mean --config? (see palaverd --help)"],
    ["status --jsn", "unknown option '--jsn'; did you mean --json?"],
    ["--config", "option '-c, --config <file>' argument missing"],
    ["--data=", "palaverd: --data: is empty; write a path"],
    [
      "--log-level loud",
      'palaverd: --log-level: "loud" is unknown; write trace or debug or info or warn or error or',
    ],
    ["--log-format=xml", 'palaverd: --log-format: "xml" is unknown; write json or pretty'],
    ["--listen udp://x", 'palaverd: --listen: "udp://x" has no port; write it like udp://0.0.0.0:6666'],
    [
      "-l udp://[::1]:5 -l udp://[::1]:5=dict",
      "palaverd: --listen: udp://[::1]:5 is there twice; remove one",
    ],
    ["\u001b[31m\n", 'unknown command "\\u001b[31m\\n"'],
    ["--\u009b31m", "unknown option '--\\u{9b}31m'"],
  ])("is refused in one line, with a hint: %j", (line, message) => {
    const caught = (() => {
      try {
        return parse(line);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(caught).toMatchObject({ name: "Failure", exitCode: 2 });
    expect((caught as Error).message).toContain(message);
    expect((caught as Error).message).not.toMatch(/\p{C}/u);
  });
});
