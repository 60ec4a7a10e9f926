// 256 answers of 64 KiB: 16 MiB at the worst.
const maxAnswers = 256;
const maxAnswerChars = 64 * 1024;
const keepMs = 120_000;

interface Rest {
  /** Number of the answer; later answers have higher ones. */
  answer: number;
  text: string;
  /** The command behind it still runs. */
  open: boolean;
  /** It took all that it may; what comes now is dropped without a look, since a flood would copy it each time. */
  full: boolean;
  untilMs: number;
}

/** What did not fit into an answer and waits for `more`: one rest a peer, that of its newest answer. */
export class Rests {
  readonly #byPeer = new Map<string, Rest>();

  /**
   * Begins the rest of an answer or adds to it; ignored once a newer answer has one.
   * @returns false when what comes next would be dropped.
   */
  add(peerId: string, answer: number, text: string, open: boolean, now: number): boolean {
    const rest = this.#byPeer.get(peerId);
    if (rest && rest.answer > answer) return false;
    if (rest?.answer === answer && rest.full) {
      rest.open = open;
      rest.untilMs = now + keepMs;
      return false;
    }
    const joined = (rest?.answer === answer ? rest.text : "") + text;
    this.#byPeer.delete(peerId);
    if (this.#byPeer.size >= maxAnswers) this.#byPeer.delete(this.#byPeer.keys().next().value!);
    const full = joined.length > maxAnswerChars;
    const kept = full ? `${joined.slice(0, maxAnswerChars)}\n(cut here)\n` : joined;
    this.#byPeer.set(peerId, { answer, text: kept, open, full, untilMs: now + keepMs });
    return !full;
  }

  /** Takes what is there; an open one goes on filling. */
  take(
    peerId: string,
    now: number,
  ): { readonly answer: number; readonly text: string; readonly open: boolean } | undefined {
    const rest = this.#byPeer.get(peerId);
    if (!rest) return undefined;
    this.#byPeer.delete(peerId);
    if (rest.untilMs < now) return undefined;
    if (rest.open) this.#byPeer.set(peerId, { ...rest, text: "", full: false });
    return rest;
  }
}
