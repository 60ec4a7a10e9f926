import { isIPv4, isIPv6 } from "node:net";
import { visible } from "./config-error.ts";

/** Where the hub listens, and to which plugin a mount belongs. */
export interface ListenAddress {
  readonly transport: "udp" | "tcp";
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 0: the system picks one. */
  readonly port: number;
  readonly mount: string | undefined;
  /** The plugin that speaks a protocol of its own here, named by the scheme: `dict` for `dict://…`, which is TCP. */
  readonly protocol: string | undefined;
  /** `udp://127.0.0.1:6666`, IPv6 in brackets; without the mount. */
  readonly url: string;
  withPort(port: number): ListenAddress;
}

const remedy = "write it like udp://0.0.0.0:6666, or udp://127.0.0.1:6667=dict for a mount";
const shape =
  /^(?<scheme>[A-Za-z][A-Za-z0-9-]*):\/\/(?<host>\[[^\]]*\]|[^:=[\]/]*)(?::(?<port>[^:=/]*))?(?:=(?<mount>.*))?$/su;
const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/**
 * Reads `udp://HOST:PORT[=plugin]`, `tcp://…`, or `PLUGIN://HOST:PORT` for a protocol that a plugin speaks itself.
 * @throws {SyntaxError} whose message says what is wrong and how to write it.
 */
export function parseListenAddress(text: string): ListenAddress {
  const shown = visible(JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text));
  const refuse = (reason: string) => new SyntaxError(`${shown} ${reason}`);
  const parts = shape.exec(text)?.groups;
  if (!parts) throw refuse(`is no address to listen on; ${remedy}`);
  const { scheme = "", host = "", port, mount } = parts;
  if (!isPluginName(scheme)) throw refuse("has no known transport; write udp:// or tcp://, in small letters");
  if (port === undefined || port === "") throw refuse(`has no port; ${remedy}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw refuse("has no valid port; write a number from 1 to 65535, or 0 to let the system pick one");
  }
  if (mount !== undefined && !isPluginName(mount)) throw refuse(`is mounted on no plugin's name; ${remedy}`);
  if (mount !== undefined && protocolOf(scheme) !== undefined) {
    throw refuse(`is no mount; ${scheme}:// belongs to the plugin ${scheme} already, remove =${mount}`);
  }
  return listenAddress(scheme, parseHost(host, refuse), Number(port), mount);
}

function parseHost(host: string, refuse: (reason: string) => Error): string {
  if (host.startsWith("[")) {
    const address = host.slice(1, -1);
    if (!isIPv6(address))
      throw refuse("has no valid IPv6 address in its brackets; write it like udp://[::1]:6666");
    return address;
  }
  if (isIPv4(host)) return host;
  // `999.1.1.1` and `127.1` would pass as names, and a resolver may take them for addresses.
  if (hostName.test(host) && !/(^|\.)\d+\.?$/.test(host)) return host;
  throw refuse("has no valid host; write a name, an IPv4 address, or an IPv6 address in brackets");
}

function listenAddress(scheme: string, host: string, port: number, mount: string | undefined): ListenAddress {
  return {
    transport: scheme === "udp" ? "udp" : "tcp",
    host,
    port,
    mount,
    protocol: protocolOf(scheme),
    url: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    withPort: (other) => listenAddress(scheme, host, other, mount),
  };
}

function protocolOf(scheme: string): string | undefined {
  return scheme === "udp" || scheme === "tcp" ? undefined : scheme;
}

/** Names of plugins in the configuration, in logs and on mounts: `[a-z][a-z0-9-]*`, at most 32 characters. */
export function isPluginName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text);
}
