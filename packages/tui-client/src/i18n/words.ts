import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** Everything the chat says, in one language. */
export type Words = typeof en;
export const LANGUAGES = { en, zh } as const satisfies Readonly<Record<string, Words>>;
export type Language = keyof typeof LANGUAGES;
