import { LANGUAGES, type Language, type Words } from "../i18n/words.ts";
import { type Keymap, createKeymap } from "../keymap/bindings.ts";
import {
  colourDepth,
  isLightBackground,
  isUnicodeLocale,
  localeLanguage,
  understandsOsc,
} from "../terminal/capabilities.ts";
import { type NotificationProtocol, notificationProtocol } from "../terminal/osc.ts";
import type { ColourDepth } from "../theme/style.ts";
import { type Look, createLook } from "../theme/look.ts";
import type { Config } from "./read-config.ts";
import type { Settings } from "./settings.ts";

/** What the user wants, and what the terminal can do. */
export interface Preferences {
  readonly settings: Settings;
  readonly words: Words;
  readonly look: Look;
  readonly keymap: Keymap;
  /** Undefined: the desktop is not told of mentions. */
  readonly notifications: NotificationProtocol | undefined;
}

/** @param lang from the command line; goes before the configuration */
export function createPreferences(
  { settings, keys, colours }: Config,
  env: Readonly<Record<string, string | undefined>>,
  stdout: Partial<Pick<NodeJS.WriteStream, "getColorDepth">>,
  lang: Language | undefined,
): Preferences {
  const language = lang ?? (settings.lang === "auto" ? localeLanguage(env) : settings.lang);
  const isUnicode = settings.charset === "auto" ? isUnicodeLocale(env) : settings.charset === "utf-8";
  const wanted = settings["notify.desktop"];
  const { theme } = settings;
  return {
    settings,
    // A terminal without Chinese signs cannot show Chinese words.
    words: LANGUAGES[isUnicode ? language : "en"],
    look: createLook({
      theme: theme === "auto" || theme === "none" ? (isLightBackground(env) ? "light" : "dark") : theme,
      depth: depthFor(theme, colourDepth(env, stdout)),
      isUnicode,
      hasLinks: settings.links === "on" || (settings.links === "auto" && understandsOsc(env)),
      colours,
    }),
    keymap: createKeymap(keys),
    notifications:
      wanted === "off" || !understandsOsc(env)
        ? undefined
        : wanted === "auto"
          ? notificationProtocol(env)
          : wanted,
  };
}

function depthFor(theme: Settings["theme"], depth: ColourDepth): ColourDepth {
  if (theme === "none") return 1;
  return theme === "16" && depth > 4 ? 4 : depth;
}
