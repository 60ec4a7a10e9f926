import { encodeFrameRecord } from "@palaver/protocol";
import type { Connection } from "../transport/tcp.ts";
import type { Remote } from "../transport/transport.ts";
import type { UdpTransport } from "../transport/udp.ts";

/**
 * What carries frames, by the address that a session knows it by: `127.0.0.1:5353#2`, the peer's address behind the
 * second of the hub's transports or connections.
 */
export class Carriers {
  readonly #transports = new Map<string, UdpTransport>();
  readonly #names = new WeakMap<UdpTransport, string>();
  readonly #connections = new Map<string, Connection>();
  #count = 0;

  addressOf(from: Remote, transport: UdpTransport): string {
    let name = this.#names.get(transport);
    if (name === undefined) {
      name = `u${++this.#count}`;
      this.#names.set(transport, name);
      this.#transports.set(name, transport);
    }
    return `${hostOf(from)}:${from.port}#${name}`;
  }

  /** @returns the connection's address, good until `remove`. */
  add(connection: Connection): string {
    const address = `${hostOf(connection.remote)}:${connection.remote.port}#t${++this.#count}`;
    this.#connections.set(address, connection);
    return address;
  }

  remove(address: string): void {
    this.#connections.delete(address);
  }

  send(frame: Uint8Array, address: string): void {
    const connection = this.#connections.get(address);
    if (connection) return connection.send(encodeFrameRecord(frame));
    const mark = address.lastIndexOf("#");
    const colon = address.lastIndexOf(":", mark);
    const to = {
      address: address.slice(0, colon).replace(/^\[|\]$/g, ""),
      port: Number(address.slice(colon + 1, mark)),
    };
    this.#transports.get(address.slice(mark + 1))?.send(frame, to);
  }
}

function hostOf({ address }: Remote): string {
  return address.includes(":") ? `[${address}]` : address;
}
