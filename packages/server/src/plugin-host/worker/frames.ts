import { deserialize, serialize } from "node:v8";

const headerBytes = 4;

/** Of a worker's question: as much as a reply may have, and what stands around it. */
export const maxAskBytes = 1024 * 1024 + 65_536;

/** Of a worker's message: the longest reply with two bytes a character, and as much again for its data. */
export const maxMessageBytes = 4 * 1024 * 1024;

/** A value with its length before it, for a pipe. @throws {DataCloneError} when it cannot leave its process. */
export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(body.length);
  return Buffer.concat([header, body]);
}

/**
 * Cuts what arrives into frames; at most one that is not whole is kept.
 * @param onValue gets each value. @throws {Error} when it is none of ours, or longer than `maxBytes`.
 */
export function createFrameReader(
  maxBytes: number,
  onValue: (value: unknown) => void,
): (bytes: Buffer) => void {
  let pieces: Buffer[] = [];
  let length = 0;
  let wanted = headerBytes;
  return (bytes) => {
    pieces.push(bytes);
    length += bytes.length;
    while (length >= wanted) {
      const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
      const end = headerBytes + all.readUInt32LE();
      if (end - headerBytes > maxBytes) throw new RangeError(`a frame of ${end - headerBytes} bytes`);
      const isWhole = length >= end;
      const rest = isWhole ? all.subarray(end) : all;
      pieces = [rest];
      length = rest.length;
      wanted = isWhole ? headerBytes : end;
      if (isWhole) onValue(deserialize(all.subarray(headerBytes, end)));
    }
  };
}
