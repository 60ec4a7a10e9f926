import { createRecordSplitter, type StreamRecord } from "../src/session/record-splitter.ts";

/** All records of a connection that ends behind these chunks, in memory of their own. */
export function recordsOf(chunks: readonly Uint8Array[]): StreamRecord[] {
  const splitter = createRecordSplitter();
  const records: StreamRecord[] = [];
  const take = () => {
    for (let record = splitter.next(); record; record = splitter.next())
      records.push({ dialect: record.dialect, bytes: new Uint8Array(record.bytes) });
  };
  for (const chunk of chunks) {
    // As a socket gives it: a buffer of its own, whose `slice` copies nothing.
    const given = Buffer.allocUnsafeSlow(chunk.length);
    given.set(chunk);
    splitter.push(given);
    take();
  }
  splitter.end();
  take();
  return records;
}
