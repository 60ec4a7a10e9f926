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

/** `onError` is told once of a reader that went away (`BrokenPipeError`) or a disk that is full. */
export function createOutput(stream: Writable, onError: (error: Error) => void): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    onError(error.code === "EPIPE" ? new BrokenPipeError("standard output was closed") : error);
  });
  const write = (data: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
  return {
    isTerminal: "isTTY" in stream && stream.isTTY === true,
    get columns() {
      return "columns" in stream && typeof stream.columns === "number" ? stream.columns : undefined;
    },
    write,
    line: (text) => write(`${text}\n`),
  };
}
