import { describe, expect, test } from "vitest";
import { TextPeers, type TextSettings } from "../../src/peers/text-peers.ts";
import { Remote } from "../../src/transport/remote.ts";
import type { UdpTransport } from "../../src/transport/udp.ts";
import { strictSettings } from "./strict-settings.ts";

const longAnswer = Array.from({ length: 5000 }, (_, index) => `line ${index}`).join("\n");

/** A hub's text peers on a clock that stands still; `long` has a long answer, `online` needs a proof. */
function textPeers(changes: Partial<TextSettings> = {}) {
  const clock = { nowMs: 0 };
  const sent: { readonly to: Remote; readonly text: string }[] = [];
  const peers = new TextPeers(
    { ...strictSettings, ...changes },
    {
      handle(peer, text, sink) {
        if (text === "long") void sink.reply(longAnswer);
        else if (peer.proven) void sink.reply(`did ${text}`);
        else return sink.end({ code: "UNPROVEN", message: "" });
        sink.end();
      },
      beforeSend: () => {},
      isOwn: () => false,
      gone: () => {},
      now: () => clock.nowMs,
    },
  );
  const transport = {
    listen: { url: "udp://0.0.0.0:1", mount: undefined },
    send: (bytes: string | Uint8Array, to: Remote) => void sent.push({ to, text: String(bytes) }),
  } as unknown as UdpTransport;
  const ask = (from: Remote, text: string | Uint8Array): string => {
    const before = sent.length;
    peers.receiveDatagram(Buffer.from(text), from, transport);
    return sent
      .slice(before)
      .filter(({ to }) => to === from)
      .map((answer) => answer.text)
      .join("");
  };
  /** One question from each of so many networks. */
  const forge = (count: number, text: string | Uint8Array) => {
    for (let index = 0; index < count; index++) {
      ask(new Remote(`10.${(index >> 8) & 255}.${index & 255}.${index >> 16}`, 4000), text);
    }
  };
  return { clock, sent, ask, forge };
}

const me = () => new Remote("192.0.2.1", 5353);
const lastWord = (answer: string) => /\S+(?=\n$)/.exec(answer)?.[0] ?? "";

describe("who forges addresses", () => {
  test.each([
    ["what is too long", "x".repeat(1200)],
    ["what is no UTF-8", Uint8Array.from({ length: 100 }, () => 0xff)],
    ["a command", "online x"],
    ["a question with a long answer", "long"],
  ])("gets no more than 65,536 bytes a second in all, asking by %s", (_what, text) => {
    const { sent, forge, clock } = textPeers();
    forge(10_000, text);
    clock.nowMs = 1000;
    forge(10_000, text);
    const bytes = sent.reduce((sum, answer) => sum + Buffer.byteLength(answer.text), 0);
    expect(bytes).toBeLessThanOrEqual(2 * 65_536);
    expect(bytes).toBeGreaterThan(1.8 * 65_536);
  });

  test("takes no rest of a long answer from who is proven", () => {
    const { ask, forge, clock } = textPeers();
    const honest = me();
    const read = [ask(honest, "long")];
    read.push(ask(honest, `more ${lastWord(read[0]!)}`));
    for (; clock.nowMs < 5000; clock.nowMs += 100) forge(300, "long");
    read.push(ask(honest, "more"));
    const text = read.map((part) => part.replace(/more \S+\n$/, "")).join("");
    expect(text.length).toBeGreaterThan(15_000);
    expect(longAnswer.startsWith(text.trimEnd())).toBe(true);
  });

  test("keeps nobody who confirms soon from what was asked for", () => {
    const { ask, forge, clock } = textPeers();
    const honest = me();
    const token = lastWord(ask(honest, "online me"));
    for (; clock.nowMs < 2000; clock.nowMs += 100) forge(3000, "online x");
    expect(ask(honest, `confirm ${token}`)).toBe("did online me\n");
    expect(ask(honest, `confirm ${token}`)).toBe("Confirmed.\n");
  });

  test("and pushes out what somebody asked for, has that one told so", () => {
    const { ask, forge } = textPeers({ bytesPerSecond: 100_000_000 });
    const honest = me();
    const token = lastWord(ask(honest, "online me"));
    forge(5000, "online x");
    expect(ask(honest, `confirm ${token}`)).toBe(
      "Confirmed. What you asked for was not kept: send it again.\n",
    );
    expect(ask(honest, "online me")).toBe("did online me\n");
  });
});
