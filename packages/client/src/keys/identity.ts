import { keyPairFrom } from "@palaver/protocol";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../make-folder.ts";

const KEY_BYTES = 32;
/** Of a file that should hold 43 characters; more is not read. */
const MAX_FILE_BYTES = 256;
const READABLE_BY_OTHERS = 0o077;

/**
 * The user's private key, 32 raw bytes; made on first use, in a file that only its owner can read.
 *
 * Throws an `Error` that names the file when it holds no key, cannot be made, or others can read it.
 */
export async function readOrCreateIdentity(file: string): Promise<Uint8Array> {
  const known = await tryRead(file);
  if (known) return known;
  makeFolder(dirname(file));
  // Written aside and linked: two clients that start at once agree on one key, and none is ever half written.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${Buffer.from(newKey()).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await tryRead(file);
  if (!made) throw new Error(`the identity ${file} went away while it was made`);
  return made;
}

/** One whose public key is no option where operators type it, as in `palaverd grant KEY operator`. */
function newKey(): Uint8Array {
  for (;;) {
    const key = randomBytes(KEY_BYTES);
    if (!publicTextOf(key).startsWith("-")) return key;
  }
}

function publicTextOf(key: Uint8Array): string {
  return Buffer.from(keyPairFrom(key).publicKey).toString("base64url");
}

/** The public key of the identity in `file` (made on first use), as operators write it: 32 bytes in base64url. */
export async function publicKeyOf(file: string): Promise<string> {
  return publicTextOf(await readOrCreateIdentity(file));
}

async function tryRead(file: string): Promise<Uint8Array | undefined> {
  let handle;
  try {
    // What is no file is refused below; a FIFO would hold up the opening until somebody writes to it.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // The second: what should be its folder is none, which is said when it is to be made.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  try {
    const { mode } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`the identity ${file} is no file`);
    if (process.platform !== "win32" && (mode & READABLE_BY_OTHERS) !== 0)
      throw new Error(`others can read the identity ${file}; run: chmod 600 ${file}`);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(MAX_FILE_BYTES) });
    const key = Buffer.from(buffer.toString("latin1", 0, bytesRead).trim(), "base64url");
    if (key.length !== KEY_BYTES)
      throw new Error(
        `${file} holds no identity; restore it from a backup, or remove it to become somebody new`,
      );
    return new Uint8Array(key);
  } finally {
    await handle.close();
  }
}
