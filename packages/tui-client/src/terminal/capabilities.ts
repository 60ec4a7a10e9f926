import type { ColourDepth } from "../theme/style.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether text goes to the terminal as UTF-8: yes, unless the locale names another character set. */
export function isUnicodeLocale(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  // Containers often set none; their terminals speak UTF-8 all the same.
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}

/** The language of the locale, `en` when it is none of ours. */
export function localeLanguage(env: Environment): "en" | "zh" {
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return locale.startsWith("zh") ? "zh" : "en";
}

/** Colours of the terminal, from its own account. NO_COLOR turns them off; a terminal that says nothing has 16. */
export function colourDepth(
  env: Environment,
  stdout: Partial<Pick<NodeJS.WriteStream, "getColorDepth">>,
): ColourDepth {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return 1;
  if (env["COLORTERM"] === "truecolor" || env["COLORTERM"] === "24bit") return 24;
  if (/256color|direct/.test(env["TERM"] ?? "")) return 8;
  const depth = stdout.getColorDepth?.({ ...env }) ?? 4;
  return depth === 24 ? 24 : depth === 8 ? 8 : depth === 1 ? 1 : 4;
}

/** The background, where the terminal tells it (COLORFGBG); most do not, and are dark. */
export function isLightBackground(env: Environment): boolean {
  const background = Number(env["COLORFGBG"]?.split(";").at(-1) ?? Number.NaN);
  return background === 7 || (background >= 9 && background <= 15);
}

/** Terminals that print what they do not understand get no links, and no notifications. */
export function understandsOsc(env: Environment): boolean {
  return !["linux", "dumb", "vt100", "vt220", undefined].includes(env["TERM"]);
}
