import { show } from "./describe-issue.ts";
import { parseListenAddress } from "./listen-address.ts";

/** Where something is served by HTTP. */
export interface HttpAddress {
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 0: the system picks one. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`.
 * @throws {SyntaxError} whose message says how to write it.
 */
export function parseHttpAddress(text: string): HttpAddress {
  const remedy = "is no HOST:PORT; write it like 127.0.0.1:9666 or [::1]:9666";
  if (/[/=]/.test(text)) throw new SyntaxError(`${show(text)} ${remedy}`);
  try {
    const { host, port } = parseListenAddress(`tcp://${text}`);
    return { host, port };
  } catch (error) {
    throw new SyntaxError(`${show(text)} ${remedy}`, { cause: error });
  }
}

export function formatHttpUrl({ host, port }: HttpAddress): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
