import { readFileSync } from "node:fs";
import type { Shell } from "@palaver/command-help";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { nearest } from "../config/nearest.ts";
import { UsageError } from "../exit.ts";
import type { Language } from "../i18n/words.ts";
import { DEFAULT_HOST, parseAddress } from "./address.ts";
import { parseTimeoutMs } from "./duration.ts";
import type { HubOptions, Invocation } from "./invocation.ts";
import { foldRoomName } from "../text/room-name.ts";
import { reasonOf } from "../text/reason.ts";

export interface HelpStreams {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

interface HubFlags {
  nick?: string;
  identity?: string;
  timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;

/** Turns a parser that throws into one whose message commander prints. */
function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(reasonOf(error));
    }
  };
}

function parseSeq(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error("a message number is 0 or more");
  return Number(text);
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error("a number of messages is 1 or more");
  return Number(text);
}

const parseHost = checked(parseAddress);

/** The options every command that talks to a hub takes. */
function addHubOptions(command: Command): Command {
  return command
    .option("--nick <name>", "nickname to ask for")
    .option("--identity <file>", "key file to use instead of the configured one")
    .option(
      "--timeout <time>",
      "give up when the hub does not answer for this long (default: 5s)",
      checked(parseTimeoutMs),
    );
}

const addRoom = (command: Command) => command.option("--room <room>", "the room", foldRoomName, "lobby");
const addInput = (command: Command) =>
  command.option("--stdin", "give the command our standard input, at most 64 KiB", false);
const addJson = (command: Command) => command.option("--json", "print JSON, one value a line", false);

function hubOptions(address: HubOptions["address"], flags: HubFlags): HubOptions {
  return {
    address,
    timeoutMs: flags.timeout ?? DEFAULT_TIMEOUT_MS,
    ...(flags.nick === undefined ? {} : { nick: flags.nick }),
    ...(flags.identity === undefined ? {} : { identityFile: flags.identity }),
  };
}

type Address = HubOptions["address"];
type JsonFlags = HubFlags & { json: boolean };
type RunFlags = JsonFlags & { stdin: boolean };
type ChatFlags = HubFlags & {
  room: string;
  linear: boolean;
  lang?: Language;
  record?: string;
  replay?: string;
};
type RoomFlags = JsonFlags & { room: string };

type GetFlags = JsonFlags & { output?: string; force: boolean };

function defineFileCommands(program: Command, done: (invocation: Invocation) => void): void {
  addJson(addHubOptions(program.command("put")))
    .description("Store files on the hub; an upload that broke off goes on where it stopped.")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("<files...>", "what to store")
    .option(
      "--room <room>",
      "share them there; without it they are for everybody, and nobody is told",
      foldRoomName,
    )
    .addHelpText(
      "after",
      "\nExamples:\n  palaver put 127.0.0.1 photo.png\n  palaver put 127.0.0.1 --room lobby photo.png",
    )
    .action((address: Address, files: string[], flags: JsonFlags & { room?: string }) => {
      const room = flags.room === undefined ? {} : { room: flags.room };
      done({ command: "put", hub: hubOptions(address, flags), files, json: flags.json, ...room });
    });

  addJson(addHubOptions(program.command("get")))
    .description("Fetch files from the hub into this folder; one that broke off goes on where it stopped.")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("<files...>", "their numbers or names")
    .option("-o, --output <file>", "where the only one goes; a folder: into it")
    .option("--force", "replace what is there", false)
    .addHelpText(
      "after",
      "\nExamples:\n  palaver get 127.0.0.1 17\n  palaver get 127.0.0.1 photo.png -o /tmp/photo.png",
    )
    .action((address: Address, files: string[], flags: GetFlags, command: Command) => {
      if (flags.output !== undefined && files.length > 1) command.error("error: --output takes one FILE");
      if (flags.output === "" || flags.output === "-")
        command.error(
          "error: --output takes a FILE; it gets its name once it is checked, so no pipe will do",
        );
      const output = flags.output === undefined ? {} : { output: flags.output };
      const { force, json } = flags;
      done({ command: "get", hub: hubOptions(address, flags), files, force, json, ...output });
    });

  addJson(addHubOptions(program.command("rm")))
    .description("Remove own files from the hub.")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("<files...>", "their numbers or names")
    .addHelpText("after", "\nExample:\n  palaver rm 127.0.0.1 17")
    .action((address: Address, files: string[], flags: JsonFlags) => {
      done({ command: "rm", hub: hubOptions(address, flags), files, json: flags.json });
    });
}

function hostOr({ host, port }: Address): Argument {
  return new Argument("[host]", "HOST[:PORT]")
    .argParser(parseHost)
    .default({ host, port }, `${host}:${port}`);
}

function defineCommands(
  program: Command,
  defaultAddress: Address,
  done: (invocation: Invocation) => void,
): void {
  addRoom(addHubOptions(program.command("chat", { isDefault: true })))
    .summary("talk on the full screen (the default)")
    .description("Talk on the full screen; in a pipe or with --linear, line by line.")
    .addArgument(hostOr(defaultAddress))
    .option("--linear", "plain lines, for screen readers and simple terminals", false)
    .addOption(new Option("--lang <lang>", "language (default: the locale's)").choices(["en", "zh"]))
    .option("--record <file>", "write what the screen shows into a file, as an asciicast")
    .option("--replay <file>", "show such a file again, and talk to no hub")
    .addHelpText("after", "\nExamples:\n  palaver\n  palaver chat hub.example:6666 --nick ada --room dev")
    .allowExcessArguments()
    .action((address: Address, flags: ChatFlags, command: Command) => {
      const [first = "", ...more] = command.args;
      if (more.length > 0) {
        // What no command is called is taken for a hub; a second word says that it was none.
        const meant = nearest(
          first,
          program.commands.map((each) => each.name()),
        );
        command.error(
          meant === undefined
            ? `error: unknown command '${first}', and a chat takes one HOST (see palaver --help)`
            : `error: unknown command '${first}'\n(Did you mean ${meant}?)`,
        );
      }
      if (flags.replay !== undefined) done({ command: "replay", file: flags.replay });
      else {
        done({
          command: "chat",
          hub: hubOptions(address, flags),
          room: flags.room,
          linear: flags.linear,
          ...(flags.lang === undefined ? {} : { lang: flags.lang }),
          ...(flags.record === undefined ? {} : { record: flags.record }),
        });
      }
    });

  addJson(addRoom(addHubOptions(program.command("send"))))
    .description("Say TEXT in a room, or each line of standard input; ends when the hub has stored all.")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("[text...]", "the message; absent: lines of standard input")
    .addHelpText(
      "after",
      '\nExamples:\n  palaver send 127.0.0.1 "build is green"\n  make 2>&1 | palaver send 127.0.0.1 --room builds',
    )
    .action((address: Address, words: string[], flags: RoomFlags) => {
      const { room, json } = flags;
      const text = words.length > 0 ? { text: words.join(" ") } : {};
      done({ command: "send", hub: hubOptions(address, flags), room, json, ...text });
    });

  addJson(addRoom(addHubOptions(program.command("tail"))))
    .description("Print messages as they arrive, one a line; waits for a hub that went away.")
    .addArgument(hostOr(defaultAddress))
    .option("--since <n>", "begin after message number n; 0 prints all that is kept", checked(parseSeq))
    .option("--count <n>", "end after so many messages", checked(parseCount))
    .addHelpText(
      "after",
      "\nExamples:\n  palaver tail 127.0.0.1 --since 0\n  palaver tail 127.0.0.1 --count 1\n  palaver tail 127.0.0.1 --json | jq -r .text",
    )
    .action((address: Address, flags: RoomFlags & { since?: number; count?: number }) => {
      const { room, json } = flags;
      const since = flags.since === undefined ? {} : { since: flags.since };
      const count = flags.count === undefined ? {} : { count: flags.count };
      done({ command: "tail", hub: hubOptions(address, flags), room, json, ...since, ...count });
    });

  // Options may stand on both sides of HOST, but what follows NAME belongs to the remote command.
  addInput(addJson(addHubOptions(program.command("run"))))
    .description("Run a command on the hub; its output and status become our own.")
    .usage("[options] <host> [options] <name> [args...]")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("<name>", "the command")
    .argument("[args...]", "its arguments, passed on as they are")
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nExamples:\n  palaver run 127.0.0.1 uptime\n  palaver run 127.0.0.1 --json disk /tmp\n  palaver run 127.0.0.1 --stdin count < words.txt",
    )
    .action((address: Address, first: string, rest: string[], flags: RunFlags) => {
      const inner = addInput(addJson(addHubOptions(program.createCommand("run"))))
        .copyInheritedSettings(program)
        .usage("<host> [options] <name> [args...]")
        .argument("<name>", "the command")
        .argument("[args...]", "its arguments")
        .passThroughOptions()
        .action((name: string, argv: string[], innerFlags: RunFlags) => {
          const merged = { ...flags, ...innerFlags };
          const json = flags.json || innerFlags.json;
          const stdin = flags.stdin || innerFlags.stdin;
          done({ command: "run", hub: hubOptions(address, merged), name, argv, stdin, json });
        });
      inner.parse([first, ...rest], { from: "user" });
    });

  addJson(addHubOptions(program.command("tr")))
    .description("Look words up, one line an answer; status 1 when one is unknown.")
    .argument("<host>", "HOST[:PORT]", parseHost)
    .argument("[words...]", "absent: each line of standard input is looked up")
    .addHelpText(
      "after",
      '\nExamples:\n  palaver tr 127.0.0.1 apple 苹果\n  palaver tr 127.0.0.1 < words.txt\n  palaver tr 127.0.0.1 -- "-s suffix ology"   the hub\'s options, with the word, behind --',
    )
    .action((address: Address, words: string[], flags: JsonFlags) => {
      done({ command: "tr", hub: hubOptions(address, flags), words, json: flags.json });
    });

  addJson(addRoom(addHubOptions(program.command("who"))))
    .description("Print who is in a room, one a line.")
    .addArgument(hostOr(defaultAddress))
    .addHelpText("after", "\nExample:\n  palaver who 127.0.0.1 --room lobby")
    .action((address: Address, flags: RoomFlags) => {
      done({ command: "who", hub: hubOptions(address, flags), room: flags.room, json: flags.json });
    });

  defineFileCommands(program, done);

  const plain = [
    ["ls", "Print the hub's files, the newest first."],
    ["rooms", "Print the hub's rooms and how many are in each, one a line."],
    ["ping", "Print the round-trip time and the loss to the hub."],
  ] as const;
  for (const [name, description] of plain) {
    addJson(addHubOptions(program.command(name)))
      .description(description)
      .addArgument(hostOr(defaultAddress))
      .addHelpText("after", `\nExample:\n  palaver ${name} 127.0.0.1 --json`)
      .action((address: Address, flags: JsonFlags) => {
        done({ command: name, hub: hubOptions(address, flags), json: flags.json });
      });
  }

  program
    .command("config")
    .description("Open the configuration in $VISUAL or $EDITOR; it is made first where there is none.")
    .option("--show", "print where it is, and every setting with its default", false)
    .addHelpText("after", "\nExample:\n  palaver config --show")
    .action(({ show }: { show: boolean }) => done({ command: "config", show }));

  program
    .command("id")
    .description("Print the own public key.")
    .option("--identity <file>", "key file to use instead of the configured one")
    .addHelpText("after", "\nExample:\n  palaver id")
    .action((flags: { identity?: string }) => {
      done({ command: "id", ...(flags.identity === undefined ? {} : { identityFile: flags.identity }) });
    });

  program
    .command("completions")
    .description("Print what a shell loads to complete these commands and options.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", "\nExample:\n  source <(palaver completions bash)")
    .action((shell: Shell) => done({ command: "completions", shell, program }));
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return manifest !== null && typeof manifest === "object" && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

/** The command, its commands and their options: what is parsed, and what help, manual and completions are made of. */
export function createProgram(
  streams: HelpStreams,
  hub: string,
  done: (invocation: Invocation) => void,
): Command {
  const program = new Command("palaver")
    .description("Talk, look words up and run commands on a palaver hub, by default 127.0.0.1:6666.")
    .version(readVersion())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      ...streams,
      outputError: (text, write) => write(`palaver: ${text.replace(/^error: /, "")}`),
    });
  defineCommands(program, parseAddress(hub), done);
  return program;
}

/**
 * Parses the words after `palaver`. Help and version are printed through `streams`; wrong usage is explained there and
 * throws a `UsageError` with nothing more to say.
 * @param hub the one that is meant when none is named
 */
export function parseArguments(
  argv: readonly string[],
  streams: HelpStreams,
  hub: string = DEFAULT_HOST,
): Invocation {
  let invocation: Invocation = { command: "none" };
  const program = createProgram(streams, hub, (asked) => {
    invocation = asked;
  });
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(error.message, { cause: error });
  }
  return invocation;
}
