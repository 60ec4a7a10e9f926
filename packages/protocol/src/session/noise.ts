import { createHash, createHmac } from "node:crypto";

import { PalaverError } from "../errors.ts";
import { nodeAead, seal } from "./aead.ts";
import { agree, keyPairFrom, type KeyPair } from "./x25519.ts";

/** The one handshake there is. The name is hashed, so a peer with another suite fails at the first tag. */
export const NOISE_NAME = "Noise_IK_25519_ChaChaPoly_BLAKE2b";

const HASH = "blake2b512";
const HASH_BYTES = 64;
const KEY_BYTES = 32;
const SEALED_KEY_BYTES = KEY_BYTES + 16;
const EMPTY = new Uint8Array(0);

/** What both sides hold in the end: one key for each direction and the hash of all that was said. */
export interface TransportKeys {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly handshakeHash: Uint8Array;
}

/** Noise section 5.2. Values are replaced, never changed in place, so that a failed message can be forgotten. */
interface Symmetric {
  chainingKey: Uint8Array;
  hash: Uint8Array;
  key: Uint8Array;
  counter: number;
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac(HASH, key).update(data).digest();
}

function hkdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const temporary = hmac(chainingKey, input);
  const first = hmac(temporary, Uint8Array.of(1));
  const second = hmac(temporary, Buffer.concat([first, Uint8Array.of(2)]));
  return [first, second];
}

function begin(prologue: Uint8Array, responderStatic: Uint8Array): Symmetric {
  const hash = new Uint8Array(HASH_BYTES);
  hash.set(Buffer.from(NOISE_NAME));
  const state: Symmetric = { chainingKey: hash, hash, key: EMPTY, counter: 0 };
  mixHash(state, prologue);
  mixHash(state, responderStatic);
  return state;
}

function mixHash(state: Symmetric, data: Uint8Array): void {
  state.hash = createHash(HASH).update(state.hash).update(data).digest();
}

function mixKey(state: Symmetric, input: Uint8Array): void {
  const [chainingKey, key] = hkdf2(state.chainingKey, input);
  state.chainingKey = chainingKey;
  state.key = key.subarray(0, KEY_BYTES);
  state.counter = 0;
}

function encryptAndHash(state: Symmetric, plaintext: Uint8Array): Uint8Array {
  const sealed = seal(state.key, state.counter++, state.hash, plaintext);
  mixHash(state, sealed);
  return sealed;
}

function decryptAndHash(state: Symmetric, sealed: Uint8Array): Uint8Array {
  const plaintext = nodeAead.tryOpen(state.key, state.counter++, state.hash, sealed);
  if (!plaintext) throw new PalaverError("AUTH", "a handshake message does not authenticate");
  mixHash(state, sealed);
  return plaintext;
}

function split(state: Symmetric): [Uint8Array, Uint8Array] {
  const [first, second] = hkdf2(state.chainingKey, EMPTY);
  return [first.subarray(0, KEY_BYTES), second.subarray(0, KEY_BYTES)];
}

/** The client's half of a handshake, after its first message. */
export interface Initiation {
  readonly message1: Uint8Array;
  /** Reads the answer. Throws AUTH and stays usable: a forged answer must not end the handshake. */
  readMessage2(message2: Uint8Array): { payload: Uint8Array; keys: TransportKeys };
}

/** Starts Noise IK: `-> e, es, s, ss`. Throws AUTH when the responder's key is of small order. */
export function initiate(options: {
  staticKeys: KeyPair;
  responderStatic: Uint8Array;
  prologue: Uint8Array;
  ephemeralPrivate: Uint8Array;
  payload: Uint8Array;
}): Initiation {
  const { staticKeys, responderStatic, payload } = options;
  const ephemeral = keyPairFrom(options.ephemeralPrivate);
  const state = begin(options.prologue, responderStatic);
  mixHash(state, ephemeral.publicKey);
  mixKey(state, agree(ephemeral.privateKey, responderStatic));
  const sealedStatic = encryptAndHash(state, staticKeys.publicKey);
  mixKey(state, agree(staticKeys.privateKey, responderStatic));
  const sealedPayload = encryptAndHash(state, payload);
  return {
    message1: Buffer.concat([ephemeral.publicKey, sealedStatic, sealedPayload]),
    readMessage2(message2) {
      const attempt = { ...state };
      const remoteEphemeral = message2.subarray(0, KEY_BYTES);
      mixHash(attempt, remoteEphemeral);
      mixKey(attempt, agree(ephemeral.privateKey, remoteEphemeral));
      mixKey(attempt, agree(staticKeys.privateKey, remoteEphemeral));
      const reply = decryptAndHash(attempt, message2.subarray(KEY_BYTES));
      const [sendKey, receiveKey] = split(attempt);
      return { payload: reply, keys: { sendKey, receiveKey, handshakeHash: attempt.hash } };
    },
  };
}

/** The server's half of a handshake, after it has read the first message. */
export interface Response {
  /** The client's static key, which is its identity. Proven only by the first DATA: an INIT can be replayed. */
  readonly remoteStatic: Uint8Array;
  readonly payload: Uint8Array;
  /** Answers: `<- e, ee, se`. */
  accept(payload: Uint8Array, ephemeralPrivate: Uint8Array): { message2: Uint8Array; keys: TransportKeys };
}

/** Reads the first message of Noise IK. Throws AUTH when it does not authenticate. */
export function respond(options: {
  staticKeys: KeyPair;
  prologue: Uint8Array;
  message1: Uint8Array;
}): Response {
  const { staticKeys, message1 } = options;
  const state = begin(options.prologue, staticKeys.publicKey);
  const remoteEphemeral = message1.subarray(0, KEY_BYTES);
  mixHash(state, remoteEphemeral);
  mixKey(state, agree(staticKeys.privateKey, remoteEphemeral));
  const remoteStatic = decryptAndHash(state, message1.subarray(KEY_BYTES, KEY_BYTES + SEALED_KEY_BYTES));
  mixKey(state, agree(staticKeys.privateKey, remoteStatic));
  const payload = decryptAndHash(state, message1.subarray(KEY_BYTES + SEALED_KEY_BYTES));
  return {
    remoteStatic: new Uint8Array(remoteStatic),
    payload,
    accept(reply, ephemeralPrivate) {
      const ephemeral = keyPairFrom(ephemeralPrivate);
      mixHash(state, ephemeral.publicKey);
      mixKey(state, agree(ephemeral.privateKey, remoteEphemeral));
      mixKey(state, agree(ephemeral.privateKey, remoteStatic));
      const sealedPayload = encryptAndHash(state, reply);
      const [receiveKey, sendKey] = split(state);
      return {
        message2: Buffer.concat([ephemeral.publicKey, sealedPayload]),
        keys: { sendKey, receiveKey, handshakeHash: state.hash },
      };
    },
  };
}
