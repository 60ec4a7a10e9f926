export { classify, type Dialect } from "./classify.ts";
export { ERROR_NUMBERS, type ErrorCode, errorCodeOf, PalaverError } from "./errors.ts";
export { type NativeBinder, tryBindNative } from "./native.ts";
export { loadNativeCrypto } from "./native-crypto.ts";
export { createSha256, type Sha256 } from "./sha256.ts";
export { cleanText } from "./text/clean.ts";
export {
  decodeText,
  type DecodedText,
  maxTextBytes,
  type TextEncoding,
  type Undecodable,
} from "./text/decode.ts";
export { fittingLength } from "./text/split.ts";
export * from "./messages/index.ts";
export * from "./session/index.ts";
