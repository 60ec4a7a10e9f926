// No blanks, quotes or brackets that a sentence puts around an address.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`“”‘’「」（）]{1,2000}/giu;
const TRAILING = /[.,;:!?)\]}*_~。，；：！？]+$/u;

export interface FoundLink {
  readonly from: number;
  readonly to: number;
  /** Safe between the escape sequences of a link: printable ASCII only. */
  readonly href: string;
}

/** Web addresses in a clean text, in order. */
export function findLinks(text: string): FoundLink[] {
  if (!text.includes("://")) return [];
  return Array.from(text.matchAll(ADDRESS), ({ 0: found, index }) => {
    const bare = found.replace(TRAILING, (end) =>
      end.includes(")") && found.includes("(") ? end.slice(0, end.indexOf(")") + 1) : "",
    );
    return { from: index, to: index + bare.length, href: safeHref(bare) };
  });
}

function safeHref(address: string): string {
  return address.replace(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
