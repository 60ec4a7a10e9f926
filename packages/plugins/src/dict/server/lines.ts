import { isUtf8 } from "node:buffer";

/** Of a command with its line end; RFC 2229, 2.2. */
const maxLineBytes = 1024;
const newline = 10;

/** Cuts what arrives into lines; one that is too long or no UTF-8 is `undefined`, and the next one is read again. */
export function createLineReader(): { push(bytes: Uint8Array): (string | undefined)[] } {
  let rest: Buffer = Buffer.alloc(0);
  let isTooLong = false;
  return {
    push(bytes) {
      const all = Buffer.concat([rest, bytes]);
      const lines: (string | undefined)[] = [];
      let start = 0;
      for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, start)) {
        const line = all.subarray(start, all[end - 1] === 13 && end > start ? end - 1 : end);
        const isRefused = isTooLong || end + 1 - start > maxLineBytes || !isUtf8(line);
        lines.push(isRefused ? undefined : line.toString("utf8"));
        isTooLong = false;
        start = end + 1;
      }
      rest = all.subarray(start);
      if (rest.length > maxLineBytes) {
        rest = Buffer.alloc(0);
        isTooLong = true;
      }
      return lines;
    },
  };
}
