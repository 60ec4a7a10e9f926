/** Where the key of a hub is written down that shows another one now. */
export interface KnownKey {
  /** When it was seen first, as it stands there. */
  readonly since?: string | undefined;
  /** Absent: only this connection knows it. */
  readonly line?: number | undefined;
  readonly file: string;
}

/** What this library itself says of what went wrong, by name. Who shows it in another language has a table of the same names. */
export const PROBLEMS = {
  noAnswer: () => "the hub does not answer",
  noGreeting: () => "the hub does not greet us",
  unknownHost: (host: string) => `no address is known for ${host}`,
  wrongKey(hostPort: string, { since, line, file }: KnownKey) {
    const remedy =
      line === undefined
        ? "if that is right, connect again"
        : `if that is right, remove line ${line} of ${file}`;
    return `the key of ${hostPort} is not the one known${since === undefined ? "" : ` since ${since}`}; ${remedy}`;
  },
  keyNotKept: (why: string) => `the hub's key cannot be kept: ${why}`,
  outboxNotKept: (why: string) => `messages that wait are not kept on disk: ${why}`,
  folderNotMade: (path: string, why: string) =>
    `the folder ${path} cannot be made: ${why}; set XDG_CONFIG_HOME to one that you can write to`,
  overTcp: () => "UDP does not get through; using TCP",
  refused: (code: string) => `the hub refused (${code})`,
  closed: () => "the connection was closed",
  lost: () => "the connection to the hub broke off",
  answerBrokeOff: () => "the hub's answer broke off",
  tooManyCalls: (count: number) => `${count} commands are under way; wait for one to end`,
  outboxFull: (max: number) => `${max} messages already wait for the hub`,
  unknownCommand: (name: string) => `this hub knows no ${name}`,
  notInRoom: (room: string) => `you are not in #${room}; join it first`,
  roomNameTooLong: () => "the room's name is too long",
  tooManyRooms: (max: number) => `${max} rooms are open; leave one first`,
  leftRoom: (room: string) => `you left #${room}`,
  stillWaiting: (room: string, count: number) =>
    count === 1
      ? `a message for #${room} still waits for the hub; leave the room when the hub has it`
      : `${count} messages for #${room} still wait for the hub; leave the room when the hub has them`,
  lostRoom: (room: string) => `you are no longer in #${room}`,
  // Files.
  filesUnreadable: () => "the hub's list of files cannot be read",
  fileUnreadable: () => "the hub's answer about a file cannot be read",
  noFileInfo: () => "the hub did not say what the file is",
  arrivedDamaged: (name: string) => `${name} arrived damaged`,
  sentTooMuch: () => "the hub sent more than the file's size",
  partChanged: (name: string) => `the part of ${name} changed meanwhile`,
  isThere: (path: string) => `${path} is there already`,
  isThereKeptAs: (path: string, partPath: string) =>
    `${path} is there already; the file is kept as ${partPath}`,
  noRegularFile: (path: string) => `${path} is no regular file`,
  becameShorter: (path: string) => `${path} became shorter while it was sent`,
  changedMeanwhile: (path: string) => `${path} changed while it was sent`,
  notTaken: () => "the hub did not take the file",
  notSaidStored: () => "the hub did not say that the file is stored",
  claimsMore: () => "the hub claims to have more than the file",
} as const;

export type Problems = typeof PROBLEMS;

/** One of them, with what stands in it. */
export type Problem = {
  readonly [Name in keyof Problems]: {
    readonly name: Name;
    readonly args: Readonly<Parameters<Problems[Name]>>;
  };
}[keyof Problems];
