/** A DICT server that is asked for what the hub does not know. */
export interface ServerAddress {
  /** As it is shown: the host, and the database where one was named. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `*` is all of them, `!` the first that has the word. */
  readonly database: string;
}

const defaultPort = 2628;
const shape = /^dict:\/\/(\[[\da-f:.]+\]|[a-z\d][a-z\d.-]{0,252})(?::(\d{1,5}))?(?:\/([\w.!*-]{1,64})?)?$/i;

/** Reads `dict://HOST[:PORT][/DATABASE]`. @returns undefined when it is none. */
export function tryParseServer(text: string): ServerAddress | undefined {
  const [, host, port, database] = shape.exec(text) ?? [];
  if (host === undefined || Number(port ?? defaultPort) > 65_535 || Number(port) === 0) return undefined;
  return {
    name: `${host.toLowerCase()}${database === undefined || /^[*!]$/.test(database) ? "" : `/${database}`}`,
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port ?? defaultPort),
    database: database ?? "*",
  };
}
