/** What is painted on the screen, each in one style. Meaning is never told by a style alone. */
export const ROLES = {
  time: "when a message was said",
  border: "lines between the parts of the screen",
  day: "the line between two days",
  marker: "the line above what is new",
  notice: "words of the hub and of the client",
  own: "your own name",
  pending: "what the hub has not stored yet",
  failed: "what the hub refused",
  mention: "your name in a message",
  link: "an address",
  hit: "what was searched for",
  selected: "the chosen message, word or list entry",
  quote: "what a message answers, reactions, translations",
  output: "the frame around a command's output",
  room: "the shown room in the list",
  unread: "a room with something new",
  mentioned: "a room where you were named",
  away: "who is away",
  status: "the status line",
  trouble: "the status line while the hub is away",
  hint: "hints",
  title: "titles",
  key: "the name of a key",
  prompt: "the sign before the draft",
} as const;

export type Role = keyof typeof ROLES;

export interface Theme {
  readonly roles: Readonly<Record<Role, string>>;
  /** A name always has the same one. Neither red, which marks failures, nor what a background swallows. */
  readonly names: readonly string[];
}

const sixteen: Theme = {
  roles: {
    time: "dim",
    border: "dim",
    day: "dim",
    marker: "red",
    notice: "dim",
    own: "bold",
    pending: "dim",
    failed: "red",
    mention: "bold yellow",
    link: "underline",
    hit: "inverse",
    selected: "inverse",
    quote: "dim",
    output: "dim",
    room: "bold",
    unread: "cyan",
    mentioned: "bold yellow",
    away: "dim",
    status: "",
    trouble: "bold red",
    hint: "dim",
    title: "bold",
    key: "bold",
    prompt: "bold cyan",
  },
  names: ["cyan", "green", "yellow", "magenta", "blue"],
};

const dark: Theme = {
  roles: {
    ...sixteen.roles,
    time: "242",
    border: "238",
    day: "245",
    marker: "203",
    notice: "245",
    own: "bold 252",
    pending: "242",
    failed: "203",
    mention: "bold 221",
    link: "underline 110",
    hit: "black on-221",
    quote: "245",
    output: "240",
    room: "bold 255",
    unread: "117",
    mentioned: "bold 221",
    away: "242",
    status: "250",
    trouble: "bold 203",
    hint: "242",
    title: "bold 255",
    key: "117",
    prompt: "bold 117",
  },
  names: ["114", "180", "110", "176", "79", "215", "147", "150", "174", "116", "186", "139"],
};

const light: Theme = {
  roles: {
    ...sixteen.roles,
    time: "246",
    border: "250",
    day: "243",
    marker: "160",
    notice: "242",
    own: "bold 236",
    pending: "246",
    failed: "160",
    mention: "bold 130",
    link: "underline 25",
    hit: "black on-222",
    quote: "242",
    output: "248",
    room: "bold 16",
    unread: "25",
    mentioned: "bold 130",
    away: "246",
    status: "238",
    trouble: "bold 160",
    hint: "244",
    title: "bold 16",
    key: "25",
    prompt: "bold 25",
  },
  names: ["28", "130", "25", "91", "30", "166", "61", "64", "125", "31", "94", "97"],
};

export const THEMES = { dark, light, 16: sixteen } as const;
export type ThemeName = `${keyof typeof THEMES}`;
