import { describeCommand, isShell, shells, withChoices } from "@palaver/command-help";
import { Command, InvalidArgumentError, Option } from "commander";
import { show } from "../config/describe-issue.ts";
import { parseListenAddress, type ListenAddress } from "../config/listen-address.ts";
import { ios, isRole, logFormats, logLevels, maxWorkers } from "../config/schema.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { Invocation } from "./invocation.ts";

const examples = `
Examples:
  palaverd                                          udp and tcp on port 6666, all plugins
  palaverd --config palaver.toml                    with a configuration; palaver.example.toml shows every setting
  palaverd --listen udp://127.0.0.1:7000            another port; several --listen add up
  palaverd --listen udp://127.0.0.1:6667=dict       a port that is a dictionary and nothing else
  palaverd --listen dict://127.0.0.1:2628           the same for dict clients (RFC 2229)
  palaverd start --detach --data /var/lib/palaver   in the background
  palaverd --config palaver.toml --watch            for who writes a plugin: loads it again when it changes
  palaverd status --data /var/lib/palaver           how it is doing; stop and reload likewise
  palaverd plugin new remind                        write a plugin and its test
  palaverd doctor                                   what is missing here, and what to do about it
  palaverd backup palaver.tar.gz                    all data in one file, while the hub runs; restore likewise
  palaverd grant ada operator                       a role for a user; palaverd users lists them

Exit codes: 0 stopped when asked, 1 fault, 2 wrong usage, 3 configuration refused, 4 cannot bind.`;

export interface ProgramOptions {
  readonly version: string;
  /** Help or the version. */
  print(text: string): void;
  done(invocation: Invocation): void;
}

/** The command, its commands and their options: what is parsed, and what help, manual and completions are made of. */
export function createProgram({ version, print, done }: ProgramOptions): Command {
  const program = new Command("palaverd");
  program
    .description("The palaver hub: chat rooms, translation and safe remote commands on one UDP port.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addOption(new Option("-c, --config <file>", "the configuration, in TOML").argParser(path))
    .addOption(
      new Option(
        "-d, --data <dir>",
        "where the hub keeps its data (default: $XDG_STATE_HOME/palaver)",
      ).argParser(path),
    )
    .addOption(
      new Option(
        "-l, --listen <url>",
        "udp://HOST:PORT or tcp://HOST:PORT, =PLUGIN for a mount, dict://HOST:PORT; repeatable",
      ).argParser(collectListeners),
    )
    .addOption(
      new Option(
        "--io <how>",
        "datagrams by the batch where the system has that, or by node:dgram: auto, dgram",
      ).argParser(oneOf(ios)),
    )
    .addOption(
      new Option(
        "--workers <count>",
        "threads that serve the same ports (Linux); see docs/operations.md (default: 1)",
      ).argParser(workerCount),
    )
    .addOption(
      new Option("--log-level <level>", `how much is logged: ${logLevels.join(", ")}`).argParser(
        oneOf(logLevels),
      ),
    )
    .addOption(
      new Option("--log-format <format>", "how standard error looks: json or pretty").argParser(
        oneOf(logFormats),
      ),
    )
    .addOption(
      new Option("--log-dir <dir>", "write palaver.log and palaver.error.log there too").argParser(path),
    )
    .option("--watch", "load plugin files and the configuration again when they change; for development")
    .addHelpText("after", examples)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .exitOverride()
    .action(() => done({ command: "run", options: program.opts() }));
  const add = (name: string, description: string, parent: Command = program) =>
    parent
      .command(name)
      .description(description)
      .helpOption("-h, --help", "print this help")
      .helpCommand(false)
      .configureOutput({ writeOut: print, writeErr: () => {} })
      .exitOverride();
  const simple = (command: "check" | "stop", description: string) =>
    add(command, description).action(() => done({ command, options: program.opts() }));

  simple("check", "read the configuration and every plugin's settings, and say whether they hold");
  add("start", "run the hub")
    .option("--detach", "in the background; returns when the hub is ready")
    .action(({ detach }: { detach?: boolean }) => {
      done({ command: detach ? "start" : "run", options: program.opts() });
    });
  simple("stop", "stop the hub of this data directory and wait until it is gone");
  add("reload", "make it read its configuration again; a bad one leaves the old running")
    .argument("[plugin]", "load only this plugin again, and switch it on if it was off")
    .action((plugin: string | undefined) => {
      done({ command: "reload", plugin, options: program.opts() });
    });
  add("status", "print how it is doing")
    .option("--json", "as JSON")
    .action(({ json }: { json?: boolean }) => {
      done({ command: "status", json: json === true, options: program.opts() });
    });
  add("doctor", "say what this machine, the configuration and the data lack, and what to do about it")
    .option("--json", "as JSON")
    .action(({ json }: { json?: boolean }) => {
      done({ command: "doctor", json: json === true, options: program.opts() });
    });
  add("grant", "give a user a role; --revoke takes it")
    .argument("<user>", "a nickname, or the key that `palaver id` prints", userName)
    .argument("<role>", "small letters, digits and -, for example operator", roleName)
    .option("--revoke", "take the role away")
    .action((user: string, role: string, { revoke }: { revoke?: boolean }) => {
      done({ command: "grant", user, role, isRevoked: revoke === true, options: program.opts() });
    });
  add("users", "list the users that the hub knows, with their keys and roles")
    .option("--json", "one JSON object a line")
    .action(({ json }: { json?: boolean }) => {
      done({ command: "users", json: json === true, options: program.opts() });
    });
  add("export", "print what was said in a room, or in all rooms, one JSON object a line")
    .argument("[room]", "for example lobby")
    .action((room: string | undefined) => {
      done({ command: "export", room, options: program.opts() });
    });
  add("backup", "write the data directory into one file; the hub may run")
    .argument("<file>", "a tar archive, packed with gzip; replaced when it is there", path)
    .action((file: string) => done({ command: "backup", file, options: program.opts() }));
  add("restore", "unpack a backup into the data directory, which no hub may use")
    .argument("<file>", "what palaverd backup wrote", path)
    .option("--force", "put aside what is there")
    .action((file: string, { force }: { force?: boolean }) => {
      done({ command: "restore", file, force: force === true, options: program.opts() });
    });
  add("completions", "print what a shell loads to complete these commands and options")
    .argument("<shell>", shells.join(", "), oneOf(shells))
    .action((shell: string) => {
      if (isShell(shell)) done({ command: "completions", shell, program: describeCommand(program) });
    });
  const dict = add("dict", "the dictionaries");
  dict.action(() => {
    throw new Failure("palaverd: dict needs a command; write: palaverd dict build", exitCodes.usage);
  });
  add("build", "import ECDICT and CC-CEDICT into the data directory", dict).action(() =>
    done({ command: "dict build", options: program.opts() }),
  );
  const plugin = add("plugin", "write and test plugins of your own");
  plugin.action(() => {
    throw new Failure(
      "palaverd: plugin needs a command; write: palaverd plugin new NAME, or palaverd plugin test",
      exitCodes.usage,
    );
  });
  add("new", "write a plugin and its test: NAME.ts and NAME.test.ts", plugin)
    .argument("<name>", "small letters, digits and -, for example remind")
    .option("--dir <dir>", "where to write them (default: here)", path)
    .action((name: string, { dir }: { dir?: string }) =>
      done({ command: "plugin new", name, directory: dir }),
    );
  add("test", "run the tests of plugins, here or in the files and folders that are named", plugin)
    .argument("[paths...]", "test files, or folders that hold them")
    .action((paths: string[]) => done({ command: "plugin test", paths }));
  program.helpCommand(false);
  return program;
}

function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("is empty; write a path");
  return text;
}

function workerCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxWorkers) return count;
  throw new InvalidArgumentError(`is no number of workers; write 1 to ${maxWorkers}`);
}

function userName(text: string): string {
  if (text === "") throw new InvalidArgumentError("is empty; write a nickname or a key");
  return text;
}

function roleName(text: string): string {
  if (isRole(text)) return text;
  throw new InvalidArgumentError("is no role; write small letters, digits and -, beginning with a letter");
}

function oneOf(words: readonly string[]): (text: string) => string {
  return withChoices(words, (text: string) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`${show(text)} is unknown; write ${words.join(" or ")}`);
  });
}

function collectListeners(text: string, before: readonly ListenAddress[] = []): readonly ListenAddress[] {
  let address: ListenAddress;
  try {
    address = parseListenAddress(text);
  } catch (error) {
    throw new InvalidArgumentError((error as SyntaxError).message);
  }
  if (address.port !== 0 && before.some(({ url }) => url === address.url)) {
    throw new InvalidArgumentError(`${address.url} is there twice; remove one`);
  }
  return [...before, address];
}
