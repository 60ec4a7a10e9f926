import { tryBindNative } from "../native.ts";
import { type Aead, nodeAead, setNonce } from "./aead.ts";
import { LARGEST_DATAGRAM_BYTES, TAG_BYTES } from "./limits.ts";
import { setAead } from "./packet-keys.ts";

/** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of OpenSSL's evp.h. */
const GET_TAG = 0x10;
const SET_TAG = 0x11;

type Call = (...values: readonly unknown[]) => number;

/** Has all sessions of this process seal and open without `node:crypto`, where that works. @returns whether they do */
export async function adoptNativeAead(): Promise<boolean> {
  const native = await tryLoadNativeAead();
  if (!native || !isSame(native, nodeAead)) return false;
  setAead(native);
  return true;
}

/** A library that loads and does something else must not seal a single packet. */
function isSame(one: Aead, other: Aead): boolean {
  const key = new Uint8Array(32).fill(7);
  const [aad, plaintext] = [Buffer.from("header"), Buffer.from("payload")];
  const sealedBy = (aead: Aead): Buffer => {
    const sealed = Buffer.alloc(plaintext.length + TAG_BYTES);
    aead.sealInto(sealed, 0, key, 2 ** 40 + 1, aad, plaintext);
    return sealed;
  };
  const sealed = sealedBy(other);
  const opened = one.tryOpen(key, 2 ** 40 + 1, aad, sealed);
  return sealed.equals(sealedBy(one)) && opened !== undefined && plaintext.equals(opened);
}

/**
 * ChaCha20-Poly1305 of the OpenSSL that Node itself is made of, called without the objects that `node:crypto` makes
 * for each packet: 1.0 µs instead of 4.6 for 200 bytes, 5 instead of 21 for 16,000 (measured on the machine of
 * docs/performance.md). Takes what fits a datagram of `LARGEST_DATAGRAM_BYTES`.
 * @returns undefined where koffi is not there, or Node keeps its OpenSSL to itself
 */
export function tryLoadNativeAead(): Promise<Aead | undefined> {
  return tryBindNative(({ bind }) => {
    const create: () => unknown = bind("void *EVP_CIPHER_CTX_new()");
    const suite: unknown = bind("void *EVP_chacha20_poly1305()")();
    const control: Call = bind("int EVP_CIPHER_CTX_ctrl(void *, int, int, void *)");
    const initSeal: Call = bind("int EVP_EncryptInit_ex(void *, void *, void *, void *, void *)");
    const seal: Call = bind("int EVP_EncryptUpdate(void *, void *, void *, void *, int)");
    const endSeal: Call = bind("int EVP_EncryptFinal_ex(void *, void *, void *)");
    const initOpen: Call = bind("int EVP_DecryptInit_ex(void *, void *, void *, void *, void *)");
    const open: Call = bind("int EVP_DecryptUpdate(void *, void *, void *, void *, int)");
    const endOpen: Call = bind("int EVP_DecryptFinal_ex(void *, void *, void *)");
    const [sealing, opening] = [create(), create()];
    if (!initSeal(sealing, suite, null, null, null) || !initOpen(opening, suite, null, null, null))
      return undefined;

    // One of each for all calls: they are synchronous, and memory that C has seen never returns to V8's young heap.
    const opened = new Uint8Array(LARGEST_DATAGRAM_BYTES);
    const tag = Buffer.alloc(TAG_BYTES);
    const length = Buffer.alloc(4);
    const nonce = Buffer.alloc(12);

    return {
      sealInto(target, at, key, counter, aad, plaintext) {
        setNonce(nonce, counter);
        const sealed = target.subarray(at);
        const done =
          initSeal(sealing, null, null, key, nonce) &&
          seal(sealing, null, length, aad, aad.length) &&
          seal(sealing, sealed, length, plaintext, plaintext.length) &&
          endSeal(sealing, tag, length) &&
          control(sealing, GET_TAG, TAG_BYTES, tag);
        if (!done) throw new Error("OpenSSL did not seal a packet");
        sealed.set(tag, plaintext.length);
      },
      tryOpen(key, counter, aad, sealed) {
        const end = sealed.length - TAG_BYTES;
        if (end < 0 || end > opened.length) return undefined;
        setNonce(nonce, counter);
        tag.set(sealed.subarray(end));
        const isAuthentic =
          initOpen(opening, null, null, key, nonce) &&
          control(opening, SET_TAG, TAG_BYTES, tag) &&
          open(opening, null, length, aad, aad.length) &&
          open(opening, opened, length, sealed, end) &&
          endOpen(opening, tag, length);
        return isAuthentic ? opened.subarray(0, end) : undefined;
      },
    };
  });
}
