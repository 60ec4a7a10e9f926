import { seal } from "../../src/session/aead.ts";
import { initiate, NOISE_NAME, respond } from "../../src/session/noise.ts";
import { agree, keyPairFrom } from "../../src/session/x25519.ts";
import { hex, unhex } from "./vector-bytes.ts";

// Published by noise-c (rweather/noise-c, tests/vector/noise-c-basic.txt, "Noise_IK_25519_ChaChaPoly_BLAKE2b"; MIT).
const PUBLISHED = {
  prologue: "50726f6c6f677565313233",
  initStatic: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
  initEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
  respStaticPublic: "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
  respStatic: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
  respEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
  handshakeHash:
    "00e51d2aac81a9b8ebe441d6af3e1c8efc0f030cc608332edcb42588ff6a0ce26415ddc106e95277a5e6d54132f1e5245976b89caf96d262f1fe5a7f0c55c078",
  messages: [
    {
      payload: "4c756477696720766f6e204d69736573",
      ciphertext:
        "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944ba83a447b38c83e327ad936929812f624884847b7831e95e197b2f797088efdd232fe541af156ec6d0657602902a8c3ee64e470f4b6fcd9298ce0b56fe20f86e60d9d933ec6e103ffb09e6001d6abb64",
    },
    {
      payload: "4d757272617920526f746862617264",
      ciphertext:
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088439f069b267a06b3de3ecb1043bcb09807c6cd101f3826192a65f11ef3fe4317",
    },
    {
      payload: "462e20412e20486179656b",
      ciphertext: "cd54383060e7a28434cca27fb1cc524cfbabeb18181589df219d07",
    },
    {
      payload: "4361726c204d656e676572",
      ciphertext: "a856d3bf0246bfc476c655009cd1ed677b8dcc5b349ae8ef2a05f2",
    },
    {
      payload: "4a65616e2d426170746973746520536179",
      ciphertext: "49063084b2c51f098337cb8a13739ac848f907e67cfb2cc8a8b60586467aa02fc7",
    },
    {
      payload: "457567656e2042f6686d20766f6e2042617765726b",
      ciphertext: "8b9709d23b47e4639df7678d7a21741eba4ef1e9c60383001c7435549c20f9d56f30e935d3",
    },
  ],
} as const;

/** What our handshake and our AEAD make of the published inputs. */
export function playPublished() {
  const { prologue, messages } = PUBLISHED;
  const responder = keyPairFrom(unhex(PUBLISHED.respStatic));
  const initiation = initiate({
    staticKeys: keyPairFrom(unhex(PUBLISHED.initStatic)),
    responderStatic: unhex(PUBLISHED.respStaticPublic),
    prologue: unhex(prologue),
    ephemeralPrivate: unhex(PUBLISHED.initEphemeral),
    payload: unhex(messages[0].payload),
  });
  const { message1 } = initiation;
  const response = respond({ staticKeys: responder, prologue: unhex(prologue), message1 });
  const { message2 } = response.accept(unhex(messages[1].payload), unhex(PUBLISHED.respEphemeral));
  const { keys } = initiation.readMessage2(message2);
  const transport = messages.slice(2).map(({ payload }, i) => {
    const key = i % 2 === 0 ? keys.sendKey : keys.receiveKey;
    return hex(seal(key, Math.floor(i / 2), new Uint8Array(0), unhex(payload)));
  });
  return {
    ciphertexts: [hex(message1), hex(message2), ...transport],
    handshakeHash: hex(keys.handshakeHash),
    keys: { initiatorToResponder: hex(keys.sendKey), responderToInitiator: hex(keys.receiveKey) },
  };
}

/** The published vector, with the outputs of Diffie–Hellman for those who have no X25519 at hand. */
export function noiseVectors() {
  const played = playPublished();
  const published = PUBLISHED.messages.map(({ ciphertext }) => ciphertext);
  if (played.handshakeHash !== PUBLISHED.handshakeHash || played.ciphertexts.join() !== published.join()) {
    throw new Error("our Noise IK differs from the published vector");
  }
  const initStatic = keyPairFrom(unhex(PUBLISHED.initStatic));
  const initEphemeral = keyPairFrom(unhex(PUBLISHED.initEphemeral));
  const respEphemeral = keyPairFrom(unhex(PUBLISHED.respEphemeral));
  const respStaticPublic = unhex(PUBLISHED.respStaticPublic);
  return {
    about:
      "A published vector of Noise IK: rweather/noise-c, tests/vector/noise-c-basic.txt (MIT), there under this " +
      "protocol name. `dh`, `keys` and the public keys are ours. The last four messages are transport messages: " +
      "nonce 0 and 1 of each direction, no associated data.",
    protocol: NOISE_NAME,
    ...PUBLISHED,
    initStaticPublic: hex(initStatic.publicKey),
    dh: {
      es: hex(agree(initEphemeral.privateKey, respStaticPublic)),
      ss: hex(agree(initStatic.privateKey, respStaticPublic)),
      ee: hex(agree(initEphemeral.privateKey, respEphemeral.publicKey)),
      se: hex(agree(initStatic.privateKey, respEphemeral.publicKey)),
    },
    keys: played.keys,
  };
}
