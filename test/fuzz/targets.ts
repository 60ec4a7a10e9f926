import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { Refusal } from "../../packages/plugin-api/src/index.ts";
import { readCommandLine } from "../../packages/plugin-api/src/host/index.ts";
import { tryParseDuration } from "../../packages/plugin-api/src/duration.ts";
import { parseRoomName } from "../../packages/plugins/src/chat/words/room-name.ts";
import {
  readDictdArticle,
  readStarDictArticle,
} from "../../packages/plugins/src/dict/dictionary-files/article-text.ts";
import { parseCsvLine } from "../../packages/plugins/src/dict/import/csv.ts";
import { createLineReader } from "../../packages/plugins/src/dict/server/lines.ts";
import { quoteWord, splitWords } from "../../packages/plugins/src/dict/server/words.ts";
import { tryParseServer } from "../../packages/plugins/src/dict/upstream/server-address.ts";
import { parseTemplate } from "../../packages/plugins/src/exec/template.ts";
import { tryParseSize } from "../../packages/plugins/src/exec/size.ts";
import { cleanFileName } from "../../packages/plugins/src/files/file-name.ts";
import {
  classify,
  cleanText,
  createRecordDecoder,
  decodeControl,
  decodeRequestStream,
  decodeRoomStream,
  isOutput,
  decodeText,
  fittingLength,
  PalaverError,
  parseAddressBytes,
} from "../../packages/protocol/src/index.ts";
import { readFrame } from "../../packages/protocol/src/session/frame.ts";
import {
  parseAccept,
  parseHello,
  parseInit,
  parseRetry,
  tryParseDataHeader,
} from "../../packages/protocol/src/session/packet.ts";
import { ByteReader } from "../../packages/protocol/src/session/varint.ts";
import { recordsOf } from "../../packages/protocol/test/records-of.ts";
import { tryParseManifest } from "../../packages/server/src/backup/manifest.ts";
import { tryParseRequest } from "../../packages/server/src/cli/control/protocol.ts";
import { describeIssue, type Issue } from "../../packages/server/src/config/describe-issue.ts";
import { parseHttpAddress } from "../../packages/server/src/config/http-address.ts";
import { parseListenAddress } from "../../packages/server/src/config/listen-address.ts";
import { createLocator } from "../../packages/server/src/config/locate.ts";
import { fileSchema } from "../../packages/server/src/config/schema.ts";
import { isAllowedHost } from "../../packages/server/src/monitor/allowed-host.ts";
import { dropsOf } from "../../packages/server/src/monitor/kernel-drops.ts";
import { parseNickname } from "../../packages/server/src/users/nickname.ts";

/** A parser of what others write. */
export interface Target {
  readonly seeds: readonly (string | Uint8Array)[];
  /** Throws when the parser breaks a promise; what it may refuse with is caught in here. */
  run(bytes: Uint8Array): void;
}

const repository = join(import.meta.dirname, "../..");
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** What a parser says; undefined when it refuses in the way that it may. */
function unless<T>(refusals: readonly (new (...args: never[]) => Error)[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}

/** Every run of hexadecimal digits in the protocol's test vectors. */
const vectors = ["classify", "data", "frames", "handshake", "messages", "packets", "text"].flatMap((name) => {
  const source = readFileSync(join(repository, `packages/protocol/test-vectors/${name}.json`), "utf8");
  const hex = source.match(/"(?:[0-9a-f]{2}){1,600}"/g) ?? [];
  return hex.map((text) => Buffer.from(text.slice(1, -1), "hex"));
});

const words = [
  "apple",
  "/tr apple",
  "say #dev hello",
  "look up",
  'DEFINE * "a b"',
  "confirm abcd-efgh",
  "苹果",
];

export const targets: Readonly<Record<string, Target>> = {
  classify: { seeds: vectors, run: (bytes) => assert(["text", "frame"].includes(classify(bytes))) },
  "text-datagram": {
    seeds: [...words, Buffer.from([0xc4, 0xe3])],
    run(bytes) {
      for (const encoding of ["utf-8", "gb18030"] as const) {
        const decoded = decodeText(bytes, encoding);
        if ("text" in decoded) assert.equal(decoded.text, decoded.text.trim());
      }
    },
  },
  "clean-text": {
    seeds: [...words, "\u001b]0;x\u0007", "a\u0301\u0302\u0303\u0304"],
    run(bytes) {
      const clean = cleanText(textOf(bytes));
      assert.equal(cleanText(clean), clean);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(clean, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      const length = fittingLength(clean, 20);
      assert(Buffer.byteLength(clean.slice(0, length)) <= 20);
    },
  },
  "tcp-records": {
    seeds: [Buffer.from("hello\nworld\n"), Buffer.from([0, 3, 0xf9, 1, 2]), ...vectors.slice(0, 20)],
    run(bytes) {
      const single = [...bytes].map((byte) => Uint8Array.of(byte));
      // In which pieces it arrives makes no difference.
      assert.deepEqual(recordsOf(single), recordsOf([bytes]));
    },
  },
  packets: {
    seeds: vectors,
    run(bytes) {
      for (const parse of [parseHello, parseRetry, parseInit, parseAccept]) {
        unless([PalaverError], () => parse(bytes));
      }
      tryParseDataHeader(bytes);
    },
  },
  frames: {
    seeds: vectors,
    run(bytes) {
      const reader = new ByteReader(bytes);
      unless([PalaverError], () => {
        while (reader.remaining > 0) {
          const before = reader.remaining;
          readFrame(reader);
          assert(reader.remaining < before, "a frame of no bytes");
        }
      });
    },
  },
  records: {
    seeds: vectors,
    run(bytes) {
      unless([PalaverError], () => {
        for (const record of createRecordDecoder().push(bytes)) {
          for (const decode of [decodeControl, decodeRequestStream, decodeRoomStream]) {
            unless([PalaverError], () => decode(record));
          }
        }
      });
      unless([PalaverError], () => {
        const flowing = createRecordDecoder(isOutput);
        for (const part of [bytes.slice(0, bytes.length >> 1), bytes.slice(bytes.length >> 1)])
          for (const record of flowing.push(part)) decodeRequestStream(record);
      });
    },
  },
  "address-bytes": {
    seeds: ["127.0.0.1:6666", "[::1]:1", "::ffff:1.2.3.4:5"],
    run: (bytes) =>
      void unless([PalaverError, RangeError, SyntaxError], () => parseAddressBytes(textOf(bytes))),
  },
  configuration: {
    seeds: [
      readFileSync(join(repository, "palaver.example.toml"), "utf8")
        .replaceAll(/^#(?=\S)/gm, "")
        .slice(0, 2000),
      'listen = ["udp://0.0.0.0:6666=dict"]\nmetrics = "a:1"\n[text]\ntrust = ["10.0.0.0/8"]\n',
      '[[users]]\nkey = "dGhpcyBrZXkgaXMgb25seSBhbiBleGFtcGxlISEhISE"\nnick = "ada"\nroles = ["operator"]\n',
      "[plugins.x]\nfrom = './x.ts'\ngrant = 'all'\nmemory_mib = 16\n",
    ],
    run(bytes) {
      const source = textOf(bytes);
      const document = unless([TomlError], () => parseToml(source));
      if (!document) return;
      const checked = fileSchema.safeParse(document);
      if (checked.success) return;
      const lineOf = createLocator(source);
      const { path, message } = describeIssue(checked.error.issues[0] as Issue, document, fileSchema);
      const line = lineOf(path) ?? 1;
      assert(line >= 1 && line <= source.split("\n").length, `line ${line}`);
      // A refusal is one line, whatever is quoted in it.
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(message, /[\u0000-\u001f\u007f-\u009f]/);
    },
  },
  "listen-address": {
    seeds: ["udp://0.0.0.0:6666", "tcp://[::]:0=echo", "dict://localhost:2628", "127.0.0.1:9666"],
    run(bytes) {
      const address = unless([SyntaxError], () => parseListenAddress(textOf(bytes)));
      if (address) assert.equal(parseListenAddress(address.url).url, address.url);
      unless([SyntaxError], () => parseHttpAddress(textOf(bytes)));
    },
  },
  "small-values": {
    seeds: [
      "5s",
      "500ms",
      "64MiB",
      "10.0.0.0/8",
      "--path={path}",
      "{{x}}",
      "dict://dict.org:2628/wn",
      "#dev",
    ],
    run(bytes) {
      const text = textOf(bytes);
      const duration = tryParseDuration(text);
      assert(duration === undefined || Number.isSafeInteger(duration));
      const size = tryParseSize(text);
      assert(size === undefined || Number.isSafeInteger(size));
      unless([SyntaxError], () => parseTemplate(text));
      tryParseServer(text);
    },
  },
  names: {
    seeds: ["ada", "~bob", "Ελένη", "#dev", "lobby", "photo.png", "../../etc/passwd", "CON.txt"],
    run(bytes) {
      const text = textOf(bytes);
      const nick = unless([Refusal], () => parseNickname(text));
      if (nick !== undefined) assert.equal(parseNickname(nick), nick);
      const room = unless([Refusal], () => parseRoomName(text));
      if (room !== undefined) assert.equal(parseRoomName(room), room);
      const file = cleanFileName(text);
      assert.equal(cleanFileName(file), file);
      assert.doesNotMatch(file, /[/\\\0]|^\.\.?$|^$/);
    },
  },
  "command-line": {
    seeds: words,
    run(bytes) {
      const { name, line } = readCommandLine(textOf(bytes));
      assert.doesNotMatch(name, /\s/);
      assert.equal(line, line.trim());
    },
  },
  "dict-line": {
    seeds: ['DEFINE * "a b"\r\n', "MATCH wn prefix app\r\n", "a\\ b 'c d'\r\n"],
    run(bytes) {
      const reader = createLineReader();
      for (const line of reader.push(bytes)) {
        for (const word of splitWords(line ?? "") ?? [])
          assert.deepEqual(splitWords(quoteWord(word)), [word]);
      }
    },
  },
  "dictionary-data": {
    seeds: [
      "mthe apple\0",
      "<k>apple</k>\n<b>x</b>",
      "{apple}\n  n. fruit",
      '"a","b ""c""",d',
      "h<p>x&amp;y</p>",
    ],
    run(bytes) {
      for (const types of [undefined, "m", "x", "h", "tm", "w"])
        readStarDictArticle(Buffer.from(bytes), types);
      readDictdArticle(Buffer.from(bytes));
      parseCsvLine(textOf(bytes));
    },
  },
  "control-and-monitor": {
    seeds: ['{"command":"status"}', "localhost:9666", "[::1]", "  1: 0100007F:1A0A 0:0 07 0 0 0 0 0 0 2 0 7"],
    run(bytes) {
      const text = textOf(bytes);
      tryParseRequest(text);
      if (isAllowedHost(text, "hub.example")) assert.doesNotMatch(text, /[\s/@]/);
      dropsOf(`head\n${text}`, [6666], new Set());
    },
  },
  "backup-manifest": {
    seeds: [
      `{"format":1,"version":"1","at":"2026-01-01T00:00:00.000Z","files":{"hub.key":"${"a".repeat(64)}"}}`,
    ],
    run(bytes) {
      const manifest = tryParseManifest(textOf(bytes));
      // Both are shown on a terminal.
      // oxlint-disable-next-line no-control-regex
      if (manifest) assert.doesNotMatch(manifest.version + manifest.at, /[\u0000-\u001f\u007f-\u009f]/);
    },
  },
};
