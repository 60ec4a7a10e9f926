import type { Writable } from "node:stream";
import { BrokenPipeError } from "../../exit.ts";

/** Standard output or error, written in order and no faster than the reader takes it. */
export interface Output {
  readonly isTerminal: boolean;
  /** Of the terminal, now. */
  readonly columns: number | undefined;
  write(data: string | Uint8Array): Promise<void>;
  line(text: string): Promise<void>;
}

/**
 * @param onError is told once of a reader that went away (`BrokenPipeError`) or a disk that is full.
 * @param needsReader false: what nobody reads any more is dropped, and `onError` does not hear of it.
 */
export function createOutput(
  stream: Writable,
  onError: (error: Error) => void,
  { needsReader = true }: { readonly needsReader?: boolean } = {},
): Output {
  let isUnread = false;
  const mayBeDropped = ({ code }: NodeJS.ErrnoException) => (isUnread ||= !needsReader && code === "EPIPE");
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (mayBeDropped(error)) return;
    onError(error.code === "EPIPE" ? new BrokenPipeError("standard output was closed") : error);
  });
  const write = async (data: string | Uint8Array) => {
    if (isUnread) return;
    await new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => (error && !mayBeDropped(error) ? reject(error) : resolve()));
    });
  };
  return {
    isTerminal: "isTTY" in stream && stream.isTTY === true,
    get columns() {
      return "columns" in stream && typeof stream.columns === "number" ? stream.columns : undefined;
    },
    write,
    line: (text) => write(`${text}\n`),
  };
}
