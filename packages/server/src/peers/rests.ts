// 256 answers of 64 KiB: 16 MiB at the worst. Whoever forges addresses fills the places of those that nobody has proven.
const maxProvenAnswers = 128;
const maxUnprovenAnswers = 128;
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

interface Owner {
  readonly id: string;
  readonly proven: boolean;
}

/** What did not fit into an answer and waits for `more`: one rest a peer, that of its newest answer. */
export class Rests {
  /** By peer. */
  readonly #proven = new Map<string, Rest>();
  readonly #unproven = new Map<string, Rest>();

  /**
   * Begins the rest of an answer or adds to it; ignored once a newer answer has one.
   * @returns false when what comes next would be dropped.
   */
  add(owner: Owner, answer: number, text: string, open: boolean, now: number): boolean {
    const before = this.#placeOf(owner.id);
    const rest = before.get(owner.id);
    if (rest && rest.answer > answer) return false;
    if (rest?.answer === answer && rest.full) {
      rest.open = open;
      rest.untilMs = now + keepMs;
      return false;
    }
    const joined = (rest?.answer === answer ? rest.text : "") + text;
    before.delete(owner.id);
    const place = owner.proven ? this.#proven : this.#unproven;
    const most = owner.proven ? maxProvenAnswers : maxUnprovenAnswers;
    if (place.size >= most) place.delete(place.keys().next().value!);
    const full = joined.length > maxAnswerChars;
    const kept = full ? `${joined.slice(0, maxAnswerChars)}\n(cut here)\n` : joined;
    place.set(owner.id, { answer, text: kept, open, full, untilMs: now + keepMs });
    return !full;
  }

  /** Takes what is there; an open one goes on filling. */
  take(
    peerId: string,
    now: number,
  ): { readonly answer: number; readonly text: string; readonly open: boolean } | undefined {
    const place = this.#placeOf(peerId);
    const rest = place.get(peerId);
    if (!rest) return undefined;
    place.delete(peerId);
    if (rest.untilMs < now) return undefined;
    if (rest.open) place.set(peerId, { ...rest, text: "", full: false });
    return rest;
  }

  /** Where a rest lies is what its peer was when it came. */
  #placeOf(peerId: string): Map<string, Rest> {
    return this.#proven.has(peerId) ? this.#proven : this.#unproven;
  }
}
