import type { Connection } from "../transport/tcp.ts";
import { Recent } from "../transport/recent.ts";
import { maxRemotes, type Remote } from "../transport/remote.ts";
import type { Route, UdpTransport } from "../transport/udp.ts";

type FrameConnection = Pick<Connection, "remote" | "sendFrame">;

/**
 * What carries frames, by the address that a session knows it by: `127.0.0.1:5353#2`, the peer's address behind the
 * second of the hub's transports or connections.
 */
export class Carriers {
  readonly #transports = new Map<string, UdpTransport>();
  readonly #names = new WeakMap<UdpTransport, string>();
  readonly #connections = new Map<string, FrameConnection>();
  readonly #routes = new Recent<string, Route>(maxRemotes);
  readonly #sendElsewhere: (frame: Uint8Array, address: string) => void;
  #count = 0;

  /** @param sendElsewhere takes what goes to an address that is none of these. */
  constructor(sendElsewhere: (frame: Uint8Array, address: string) => void = () => {}) {
    this.#sendElsewhere = sendElsewhere;
  }

  addressOf(from: Remote, transport: UdpTransport): string {
    return (from.carrier ??= `${hostOf(from)}:${from.port}#${this.#nameOf(transport)}`);
  }

  /** @returns the connection's address, good until `remove`. */
  add(connection: FrameConnection): string {
    const address = `${hostOf(connection.remote)}:${connection.remote.port}#t${++this.#count}`;
    this.#connections.set(address, connection);
    return address;
  }

  remove(address: string): void {
    this.#connections.delete(address);
  }

  send(frame: Uint8Array, address: string): void {
    const connection = this.#connections.get(address);
    if (connection) return connection.sendFrame(frame);
    const route = this.#routes.get(address) ?? this.#findRoute(address);
    if (route) route.transport.send(frame, route.to);
    else this.#sendElsewhere(frame, address);
  }

  #nameOf(transport: UdpTransport): string {
    const known = this.#names.get(transport);
    if (known !== undefined) return known;
    const name = `u${++this.#count}`;
    this.#names.set(transport, name);
    this.#transports.set(name, transport);
    return name;
  }

  #findRoute(address: string): Route | undefined {
    const mark = address.lastIndexOf("#");
    const colon = address.lastIndexOf(":", mark);
    const transport = this.#transports.get(address.slice(mark + 1));
    if (!transport) return undefined;
    const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
    const route = { transport, to: transport.remote(host, Number(address.slice(colon + 1, mark))) };
    this.#routes.set(address, route);
    return route;
  }
}

function hostOf({ address }: { readonly address: string }): string {
  return address.includes(":") ? `[${address}]` : address;
}
