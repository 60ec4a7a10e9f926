import { closeSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeDirectory } from "../config/make-directory.ts";

export interface RollingFileOptions {
  readonly path: string;
  /** A file that would grow beyond this becomes `path.1`. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Older files that stay: `path.1` (the newest) to `path.5`; the oldest goes. Default 5. */
  readonly keep?: number;
}

/**
 * A log file that is rotated by size. The current file always has the same name.
 *
 * Writes at once and in order, so that a line that was logged before a crash is there after it. While the disk is
 * full or the file cannot be opened or rotated, lines are lost; logging never stops the hub.
 */
export class RollingFile implements Disposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  #fd: number | undefined;
  #bytes = 0;

  /** @throws {NodeJS.ErrnoException} when the file cannot be opened. */
  constructor({ path, maxBytes = 10 * 1024 * 1024, keep = 5 }: RollingFileOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    this.#open();
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      if (this.#fd === undefined) this.#open();
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) {
        this.#rotate();
        this.#open();
      }
      this.#bytes += writeSync(this.#fd!, bytes);
    } catch {
      // The next line tries again.
      this[Symbol.dispose]();
    }
  }

  /** Opens the file under its name again, after somebody else moved it away, or its whole folder. */
  reopen(): void {
    this[Symbol.dispose]();
    try {
      makeDirectory(dirname(this.#path));
      this.#open();
    } catch {
      // The next line tries again.
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): void {
    // What users say is in here, and is for the operator alone.
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  #rotate(): void {
    const isOurs = this.#isStillUnderItsName();
    this[Symbol.dispose]();
    // A second hub with the same log directory has rotated it already.
    if (!isOurs) return;
    rmSync(`${this.#path}.${this.#keep}`, { force: true });
    for (let number = this.#keep - 1; number > 0; number--) this.#tryRename(`.${number}`, `.${number + 1}`);
    this.#tryRename("", ".1");
  }

  #tryRename(from: string, to: string): void {
    try {
      renameSync(this.#path + from, this.#path + to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #isStillUnderItsName(): boolean {
    const named = statSync(this.#path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === fstatSync(this.#fd!).ino;
  }
}
