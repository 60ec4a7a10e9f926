import { Refusal, type AnyCommand } from "@palaver/plugin-api";
import { defaultTimeoutMs, readCommandLine, wordsOf, type Words } from "@palaver/plugin-api/host";
import type { Invocation } from "./invoke.ts";
import type { Peer, Sink } from "./peers/peer.ts";
import type { Registry } from "./registry.ts";

/** What a peer wants, in either dialect. */
export type Message =
  /** A line of text; on a mount it goes to the mount's plugin whole. */
  | { readonly kind: "text"; readonly text: string; readonly mount: string | undefined }
  /** A command by name, as a session asks for it. */
  | {
      readonly kind: "command";
      readonly command: string;
      readonly argv: readonly string[];
      readonly id: string | undefined;
      /** Standard input, whole. */
      readonly input?: Uint8Array | undefined;
      /** What the caller goes on sending, where the command reads that. */
      readonly stream?: AsyncIterable<Uint8Array> | undefined;
    };

/** Who a message is from: what is checked, and where its calls are held. */
type Sender = Pick<Peer, "caller" | "calls">;

// One peer's calls under way; a textbook client has one, a person a few.
const maxCallsPerPeer = 16;
const noCommand = { id: undefined, input: undefined, stream: undefined };

/** Finds the handler of a message, checks that the peer may call it, and hands it to the registry. */
export function route(message: Message, from: Sender, registry: Registry, sink: Sink, now: number): void {
  try {
    if (from.calls.size >= maxCallsPerPeer) {
      throw new Refusal(`You have ${maxCallsPerPeer} calls under way; wait for one to end.`, "BUSY");
    }
    if (message.kind === "text" && message.mount !== undefined) {
      const mount = registry.findMount(message.mount);
      if (!mount) throw new Refusal(`${message.mount} is not here any more.`, "NOT_FOUND");
      const input = { text: message.text };
      return registry.dispatch(mount.event, invocationOf(from, sink, mount.timeoutMs, input, now));
    }
    const { name, words } = message.kind === "text" ? readLine(message.text, from, registry) : asked(message);
    const registered = registry.find(name);
    if (!registered) return sink.end(unknownCommand(name, from));
    const args = registered.admit(words, from.caller, now);
    const timeoutMs = registered.command.timeoutMs ?? defaultTimeoutMs;
    const { id, input: given, stream } = message.kind === "command" ? message : noCommand;
    if (given !== undefined) checkInput(name, registered.command, given);
    const input = { args, argv: wordsOf(words), id, input: given, ...(stream && { stream }) };
    registry.dispatch(registered.event, invocationOf(from, sink, timeoutMs, input, now));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sink.end(error);
  }
}

/** @throws {Refusal} */
function checkInput(name: string, { maxInputBytes = 0 }: AnyCommand, { length }: Uint8Array): void {
  if (maxInputBytes === 0) throw new Refusal(`${name} takes no standard input.`, "INVALID");
  if (length > maxInputBytes) {
    throw new Refusal(`${name} takes at most ${maxInputBytes} bytes of standard input.`, "TOO_LARGE");
  }
}

interface Wanted {
  readonly name: string;
  readonly words: Words;
}

/**
 * A text peer that is online talks: only `/command` and `offline` are commands then. One that is not may leave the
 * slash out.
 */
function readLine(text: string, from: Sender, registry: Registry): Wanted {
  const { name, hasSlash, line } = readCommandLine(text);
  if (from.caller.online && !hasSlash && !(name === "offline" && line === "")) {
    if (registry.find("say")) return { name: "say", words: { line: text } };
  }
  return { name, words: { line } };
}

function asked(message: { readonly command: string; readonly argv: readonly string[] }): Wanted {
  return { name: message.command.toLowerCase(), words: { argv: message.argv } };
}

function unknownCommand(name: string, from: Sender): { code: string; message: string } {
  const { online, dialect } = from.caller;
  const message =
    !online && dialect === "text"
      ? "You are not online yet. Send: online"
      : name === ""
        ? "Write a command behind the slash; /help lists them."
        : `There is no command ${name.slice(0, 40)}. Send: /help`;
  return { code: "UNKNOWN", message };
}

function invocationOf(
  from: Sender,
  sink: Sink,
  timeoutMs: number,
  input: Invocation["input"],
  startedAtMs: number,
): Invocation {
  return { caller: from.caller, calls: from.calls, sink, timeoutMs, input, startedAtMs };
}
