import { deserialize, serialize } from "node:v8";

const headerBytes = 4;

/** A value with its length before it, for a pipe. @throws {DataCloneError} when it cannot leave its process. */
export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(body.length);
  return Buffer.concat([header, body]);
}

/** Cuts what arrives into frames. @param onValue gets each value. @throws {Error} when it is none of ours. */
export function createFrameReader(onValue: (value: unknown) => void): (bytes: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    while (pending.length >= headerBytes) {
      const end = headerBytes + pending.readUInt32LE();
      if (pending.length < end) return;
      const body = pending.subarray(headerBytes, end);
      pending = pending.subarray(end);
      onValue(deserialize(body));
    }
  };
}
