import { connect } from "node:net";
import type { Article } from "../entry.ts";
import { splitWords } from "../server/words.ts";
import type { ServerAddress } from "./server-address.ts";

/** What one server says of one word may be this long. */
const maxReplyBytes = 512 * 1024;
const maxArticles = 20;

/**
 * Asks a DICT server (RFC 2229) for a word, over a connection of its own: servers drop those that wait.
 * @returns the articles, none when the server does not have the word.
 * @throws {Error} when it refuses, breaks off, takes longer than `timeoutMs`, or answers what is no DICT.
 */
export async function askServer(
  server: ServerAddress,
  word: string,
  timeoutMs: number,
): Promise<readonly Article[]> {
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const quoted = word.replace(/["\\]/g, "\\$&");
  // One write, so that all takes one round trip; the server answers in order.
  socket.write(`CLIENT palaver\r\nDEFINE ${server.database} "${quoted}"\r\nQUIT\r\n`);
  try {
    const pieces: Buffer[] = [];
    let bytes = 0;
    let end = "";
    for await (const piece of socket as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > maxReplyBytes) throw new Error(`an answer of more than ${maxReplyBytes} bytes`);
      end = (end + piece.toString("latin1")).slice(-600);
      // Some servers take their time to close.
      if (/\r\n221[^\r\n]*\r\n$/.test(end)) break;
    }
    return parseReply(Buffer.concat(pieces).toString("utf8").split(/\r?\n/));
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** @throws {Error} naming the line that is none of the protocol. */
function parseReply(lines: readonly string[]): readonly Article[] {
  const articles: Article[] = [];
  let at = 0;
  let isDefined = false;
  const next = () => lines[at++] ?? "";
  const expect = (codes: readonly string[]) => {
    const line = next();
    if (!codes.includes(line.slice(0, 3))) throw new Error(`it said ${JSON.stringify(line.slice(0, 100))}`);
    return line;
  };
  expect(["220"]);
  // A server may not know CLIENT, and nothing depends on it.
  expect(["250", "500", "502"]);
  if (expect(["150", "552"]).startsWith("552")) return articles;
  while (!isDefined) {
    const line = expect(["151", "250"]);
    isDefined = line.startsWith("250");
    if (isDefined) break;
    const [word = ""] = splitWords(line.slice(4)) ?? [];
    const text: string[] = [];
    for (let row = next(); row !== "."; row = next()) {
      if (at > lines.length) throw new Error("the answer ends early");
      text.push(row.startsWith(".") ? row.slice(1) : row);
    }
    if (articles.length < maxArticles) articles.push({ word, text: text.join("\n") });
  }
  return articles;
}
