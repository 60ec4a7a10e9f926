import type { RunPiece } from "@palaver/client";
import type { Invocation } from "../../arguments/invocation.ts";
import type { Words } from "../../i18n/words.ts";
import { createControlStripper } from "../../text/control-stripper.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeText } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";
import type { Output } from "./output.ts";

/** No hub takes more standard input for one command. */
const MAX_INPUT_BYTES = 65_536;

type ByteStream = "stdout" | "stderr";

/** Runs a command on the hub; its standard output, standard error and status become our own. */
export async function run(
  { name, argv, stdin: hasInput, json }: Extract<Invocation, { command: "run" }>,
  { connection, stdin, stdout, stderr, signal, words }: PipeContext,
): Promise<number> {
  const input = hasInput ? await readInput(stdin, words) : undefined;
  const remote = connection.run("run", [name, ...argv], { signal, input });
  // The loop below throws for the same reason; without this the process would end on an unhandled rejection.
  remote.status.catch(() => {});

  const outputs = { stdout: createRemoteOutput(stdout), stderr: createRemoteOutput(stderr) };
  const print = json ? createJsonPrinter(stdout) : plainPrinter;

  async function plainPrinter(piece: RunPiece): Promise<void> {
    if (piece.type !== "text") return outputs[piece.type](piece.bytes);
    // The hub's own remark, no output of the command; that it ended with a status, our own status says.
    if (piece.text === "" || endedByItself(piece.data)) return;
    await stderr.line(`palaver: ${sanitizeText(piece.text, Number.MAX_SAFE_INTEGER)}`);
  }

  for await (const piece of remote) await print(piece);
  const status = await remote.status;
  if (json) await stdout.line(toJsonLine({ status }));
  return toExitStatus(status);
}

async function readInput(stdin: AsyncIterable<Uint8Array | string>, words: Words): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > MAX_INPUT_BYTES) throw new Error(words.pipe.inputTooLong(MAX_INPUT_BYTES));
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function endedByItself(data: unknown): boolean {
  return typeof data === "object" && data !== null && "outcome" in data && data.outcome === "exited";
}

/** Bytes pass exactly into a pipe or file; a terminal gets text without controls. */
function createRemoteOutput(output: Output): (bytes: Uint8Array) => Promise<void> {
  if (!output.isTerminal) return (bytes) => output.write(bytes);
  const decoder = new TextDecoder();
  const stripper = createControlStripper();
  return (bytes) => output.write(stripper.push(decoder.decode(bytes, { stream: true })));
}

/** Bytes are shown as UTF-8; what is none becomes U+FFFD. A character cut between two pieces comes with the second. */
function createJsonPrinter(output: Output): (piece: RunPiece) => Promise<void> {
  const decoders: Record<ByteStream, TextDecoder> = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return (piece) => {
    if (piece.type === "text") return output.line(toJsonLine(piece));
    const text = decoders[piece.type].decode(piece.bytes, { stream: true });
    return output.line(toJsonLine({ type: piece.type, text }));
  };
}

/** A process can end with 0 to 255; a failure outside that range must not turn into success. */
function toExitStatus(status: number): number {
  return Number.isInteger(status) && status >= 0 && status <= 255 ? status : 255;
}
