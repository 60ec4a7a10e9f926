import { createHash } from "node:crypto";
import { tryBindNative } from "./native.ts";

/** SHA-256 of bytes that come one after the other. */
export interface Sha256 {
  /** Takes bytes, which stay as they are until it resolves; the next ones come after that. */
  update(bytes: Uint8Array): Promise<void>;
  /** Of all bytes so far, 32 bytes; more may follow. */
  digest(): Buffer;
}

/** Worked out by `node:crypto`, in our own time. */
export function createNodeSha256(): Sha256 {
  const hash = createHash("sha256");
  return {
    async update(bytes) {
      hash.update(bytes);
    },
    digest: () => hash.copy().digest(),
  };
}

let create = createNodeSha256;

/** Begins a hash: beside everything else where `adoptNativeSha256` found out how. */
export function createSha256(): Sha256 {
  return create();
}

/** OpenSSL's SHA256_CTX has 112 bytes. */
const STATE_BYTES = 256;
const DIGEST_BYTES = 32;

/**
 * Has the hashes of this process worked out in Node's pool of threads, where that works: 0.6 ms for 1 MB, a fifth of what
 * a large transfer costs its process. @returns whether they are
 */
export async function adoptNativeSha256(): Promise<boolean> {
  const createNative = await tryLoadNativeSha256();
  if (!createNative) return false;
  const [one, other] = [createNative(), createNodeSha256()];
  for (const hash of [one, other]) await hash.update(Buffer.from("abc"));
  // A library that loads and does something else must not judge a single file.
  if (!one.digest().equals(other.digest())) return false;
  create = createNative;
  return true;
}

/**
 * SHA-256 of the OpenSSL that Node itself is made of.
 * @returns undefined where koffi is not there, or Node keeps its OpenSSL to itself
 */
export function tryLoadNativeSha256(): Promise<(() => Sha256) | undefined> {
  return tryBindNative(({ bind }) => {
    const begin = bind("int SHA256_Init(void *)");
    const update = bind("int SHA256_Update(void *, void *, size_t)");
    const end = bind("int SHA256_Final(void *, void *)");
    return () => {
      const state = Buffer.alloc(STATE_BYTES);
      begin(state);
      // What C looks at just now, lest it be collected.
      const held = new Set<Uint8Array>();
      return {
        update(bytes) {
          held.add(bytes);
          return new Promise((resolve, reject) => {
            update.async(state, bytes, bytes.length, (error: unknown) => {
              held.delete(bytes);
              if (error instanceof Error) reject(error);
              else resolve();
            });
          });
        },
        digest() {
          const digest = Buffer.alloc(DIGEST_BYTES);
          // It ends a copy, so that more may follow.
          end(digest, Buffer.from(state));
          return digest;
        },
      };
    };
  });
}
