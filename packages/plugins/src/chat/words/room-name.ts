import { Refusal } from "@palaver/plugin-api";

const maxCharacters = 32;
// The most that the wire carries.
const maxBytes = 64;

const alikeScripts = [/[\p{L}&&\p{scx=Latin}]/v, /[\p{L}&&\p{scx=Cyrillic}]/v, /[\p{L}&&\p{scx=Greek}]/v];

/** Names in their one form that need no closer look, as most are. */
const plain = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/**
 * A room's name in its one form: without `#`, NFKC, lower case.
 *
 * Letters of any language, digits, `-` and `_`; at most 32 characters and 64 bytes. Latin, Cyrillic and Greek do not
 * mix, because their letters look alike.
 * @throws {Refusal} INVALID, quoting nothing of the name.
 */
export function parseRoomName(raw: string): string {
  if (plain.test(raw)) return raw;
  // Before anything whose cost grows with the length.
  if (raw.length > maxBytes) throw tooLong();
  const name = raw.replace(/^#/, "").normalize("NFKC").toLowerCase().normalize("NFKC");
  if (name === "") throw invalid("is empty");
  if (Array.from(name).length > maxCharacters || Buffer.byteLength(name) > maxBytes) throw tooLong();
  // Default ignorables (joiners, fillers, variation selectors) count as letters and marks too, but nobody sees them.
  if (!/^[[\p{L}\p{Mn}\p{Mc}\p{Nd}_\-]--\p{DI}]+$/v.test(name)) throw invalid("holds other characters");
  if (!/^[\p{L}\p{Nd}]/v.test(name)) throw invalid("must begin with a letter or a digit");
  if (/\p{Mn}{3}|\p{M}{4}/v.test(name.normalize("NFD")))
    throw invalid("stacks more than two marks on a letter");
  if (alikeScripts.filter((script) => script.test(name)).length > 1)
    throw invalid("mixes Latin, Cyrillic or Greek letters");
  return name;
}

export function isRoomName(raw: string): boolean {
  try {
    parseRoomName(raw);
    return true;
  } catch {
    return false;
  }
}

function tooLong(): Refusal {
  return invalid(`is longer than ${maxCharacters} characters or ${maxBytes} bytes`);
}

function invalid(reason: string): Refusal {
  return new Refusal(
    `This room name ${reason}. Take letters, digits, - and _, for example: join dev`,
    "INVALID",
  );
}
