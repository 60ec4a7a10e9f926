import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeCommand, type CommandTable } from "../../packages/command-help/src/index.ts";
import { createProgram as createPalaverd } from "../../packages/server/src/cli/program.ts";
import { createProgram as createPalaver } from "../../packages/tui-client/src/arguments/parse-arguments.ts";
import { palaver, palaverd, runCommand } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { findTool } from "./tools.ts";

const nothing = () => {};
const programs = {
  palaver: {
    bin: palaver,
    section: 1,
    table: describeCommand(createPalaver({ writeOut: nothing, writeErr: nothing }, "127.0.0.1", nothing)),
  },
  palaverd: {
    bin: palaverd,
    section: 8,
    table: describeCommand(createPalaverd({ version: "1", print: nothing, done: nothing })),
  },
};
type Name = keyof typeof programs;
const names = Object.keys(programs) as Name[];

/** A command and all below it. */
const all = (table: CommandTable): readonly CommandTable[] => [table, ...table.commands.flatMap(all)];

async function scriptOf(name: Name, shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand(programs[name].bin, ["completions", shell]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** What a shell offers at the end of a line, one word a line. */
const offers: Readonly<Record<string, (name: Name, file: string, line: string) => string>> = {
  bash: (name, file, line) =>
    `source ${file}; COMP_WORDS=(${line} ""); [[ "${line}" == *" " ]] || COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _${name}; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // What zsh draws on a terminal is written down here instead.
  zsh: (name, file, line) => `
    compdef() { : }
    source ${file}
    _describe() { local list=\${@[-1]}; print -l -- \${\${(P)list}%%:*} }
    _files() { print FILES }
    compadd() { shift; print -l -- "$@" }
    words=(${line} "")
    CURRENT=$#words
    [[ "${line}" == *" " ]] || { words=(${line}); CURRENT=$#words }
    _${name}`,
  fish: (_name, file, line) => `source ${file}; complete -C '${line}'`,
};

function complete(shell: string, name: Name, file: string, line: string): readonly string[] {
  const options = { bash: ["--norc", "--noprofile"], zsh: ["-f"], fish: ["--no-config"] }[shell] ?? [];
  const script = offers[shell]?.(name, file, line) ?? "";
  const { stdout, stderr } = spawnSync(findTool(shell), [...options, "-c", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: dirname(file), LANG: "C.UTF-8" },
  });
  expect(stderr, line).toBe("");
  const [, last = ""] = /(\S*)$/.exec(line) ?? [];
  const words = stdout.split("\n").map((offer) => offer.split("\t", 1)[0] ?? "");
  return words.filter((word) => word !== "" && word.startsWith(last));
}

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
  test.each(names)("completes %s", async (name) => {
    using folder = createTemporaryFolder();
    const script = await scriptOf(name, shell);
    const file = folder.write("script", script);
    const { table } = programs[name];
    for (const command of all(table)) {
      for (const { names: own } of command.options) {
        for (const option of own) {
          const word =
            shell === "fish" ? option.replace(/^--?/, own.at(-1) === option ? "-l " : "-s ") : option;
          expect(script, command.path.join(" ")).toContain(word);
        }
      }
    }
    const commands = table.commands.map(({ path }) => path.at(-1));
    expect(complete(shell, name, file, `${name} `)).toEqual(expect.arrayContaining(commands));
    expect(complete(shell, name, file, `${name} comp`)).toEqual(["completions"]);
    expect(complete(shell, name, file, `${name} completions `)).toEqual(
      expect.arrayContaining(["bash", "zsh", "fish"]),
    );
    if (name === "palaver") {
      expect(complete(shell, name, file, "palaver tail --s")).toEqual(["--since"]);
      expect(complete(shell, name, file, "palaver chat --lang ")).toEqual(["en", "zh"]);
    } else {
      expect(complete(shell, name, file, "palaverd plugin n")).toEqual(["new"]);
      expect(complete(shell, name, file, "palaverd grant --rev")).toEqual(["--revoke"]);
      expect(complete(shell, name, file, "palaverd --log-level tr")).toEqual(["trace"]);
      // A value that is called like a command is none; fish's own way to tell does not know that.
      if (shell === "fish") return;
      expect(complete(shell, name, file, "palaverd --log-dir plugin n")).not.toContain("new");
    }
  });
});

test("the manual pages hold every command, argument and option, and are the same again", () => {
  using folder = createTemporaryFolder();
  const script = join(import.meta.dirname, "../../scripts/man-pages.mjs");
  const write = (directory: string) =>
    spawnSync(process.execPath, [script, directory], {
      env: { ...process.env, SOURCE_DATE_EPOCH: "1795219200" },
      encoding: "utf8",
    });
  const [first, second] = [join(folder.path, "first"), join(folder.path, "second")];
  expect(write(first)).toMatchObject({ status: 0, stderr: "" });
  write(second);
  for (const name of names) {
    const { section, table } = programs[name];
    const file = `${name}.${section}`;
    const page = readFileSync(join(first, file), "utf8");
    expect(readFileSync(join(second, file), "utf8")).toBe(page);
    expect(page).toContain(`.TH ${name.toUpperCase()} ${section} 2026-11-21`);
    const plain = page.replaceAll(String.raw`\-`, "-");
    for (const command of all(table)) {
      expect(plain).toContain(command.path.slice(1).join(" "));
      for (const { flags, description } of command.options)
        expect(plain).toContain(`.B ${flags}\n${description}\n`);
      for (const argument of command.arguments) expect(plain).toContain(`.I ${argument.name}\n`);
    }
    // A line that begins with one of these would be a request to troff.
    const requests = page.split("\n").filter((line) => /^[.']/.test(line));
    expect(requests.filter((line) => !/^\.(?:TH|SH|SS|TP|PP|B|BR|I|nf|fi)(?: |$)/.test(line))).toEqual([]);
  }
});
