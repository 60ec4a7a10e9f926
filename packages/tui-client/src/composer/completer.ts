import { localCommandsWith } from "../commands/local-commands.ts";
import type { Desk } from "../keymap/desk.ts";
import { type ChatState, shownRoom } from "../store/state.ts";
import { completeDraft } from "./completion.ts";
import { completePath, isPathPlace } from "./path-completion.ts";

/** Choices that are named in the hint. */
const MAX_NAMED_CHOICES = 12;

/** A round through the choices, for as long as nothing else changes the draft. */
interface Round {
  readonly before: string;
  readonly after: string;
  readonly choices: readonly string[];
  readonly index: number;
  /** What the draft is then. */
  readonly text: string;
}

/** Tab: completes as far as it is certain, then goes through the choices; backwards with -1. */
export function createCompleter({ store }: Pick<Desk, "store">): (direction: -1 | 1) => void {
  let round: Round | undefined;

  function show(next: Round): void {
    round = next;
    const choice = next.choices[next.index] ?? "";
    const cursor = next.before.length + choice.length;
    const hint = next.choices
      .slice(0, MAX_NAMED_CHOICES)
      .map((each, index) => (index === next.index ? `[${each}]` : each))
      .join("  ");
    store.dispatch(
      { type: "composer", action: { type: "replace", text: next.text, cursor } },
      { type: "hinted", hint: next.choices.length > MAX_NAMED_CHOICES ? `${hint} …` : hint },
    );
  }

  function step(current: Round, by: number): Round {
    const index = (current.index + by + current.choices.length) % current.choices.length;
    return { ...current, index, text: current.before + (current.choices[index] ?? "") + current.after };
  }

  return (direction) => {
    const state = store.getState();
    const { text, cursor } = state.composer;
    if (round?.text === text) {
      show(step(round, direction));
      return;
    }
    const completion = isPathPlace(text, cursor)
      ? completePath(text, cursor)
      : completeDraft(text, cursor, vocabularyOf(state));
    if (completion === undefined) return;
    store.dispatch({
      type: "composer",
      action: { type: "replace", text: completion.text, cursor: completion.cursor },
    });
    const { choices } = completion;
    if (choices.length === 0) return;
    const before = completion.text.slice(0, completion.start);
    const after = completion.text.slice(completion.cursor);
    round = { before, after, choices, index: -1, text: completion.text };
    const named = choices.slice(0, MAX_NAMED_CHOICES).join("  ");
    store.dispatch({ type: "hinted", hint: choices.length > MAX_NAMED_CHOICES ? `${named} …` : named });
  };
}

function vocabularyOf(state: ChatState): Parameters<typeof completeDraft>[2] {
  const own = localCommandsWith(state.commands).map(({ name, usage }) => ({ name: name as string, usage }));
  const names = new Set(own.map(({ name }) => name));
  return {
    commands: [...own, ...state.commands.filter(({ name }) => !names.has(name))],
    nicks: shownRoom(state).users.map(({ nick }) => nick),
    rooms: state.rooms.map(({ name }) => name),
  };
}
