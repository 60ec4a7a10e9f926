import { adoptNativeAead } from "./session/native-aead.ts";
import { adoptNativeSha256 } from "./sha256.ts";

let loading: Promise<boolean> | undefined;

/**
 * Has the sessions and hashes of this process do without `node:crypto`, where that works. It is loaded once.
 * @returns whether both do
 */
export function loadNativeCrypto(): Promise<boolean> {
  return (loading ??= load());
}

async function load(): Promise<boolean> {
  const adopted = await Promise.all([adoptNativeAead(), adoptNativeSha256()]);
  return adopted.every(Boolean);
}
