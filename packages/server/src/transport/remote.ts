import { isIPv4 } from "node:net";
import { parseAddressBytes } from "@palaver/protocol";

/** Addresses that a transport remembers; one that is forgotten is looked up by name once more. */
export const maxRemotes = 65_536;

/**
 * The other end of a transport. As long as it talks one object stands for it, so that what the hub knows of it is found
 * without making a string of its address for every datagram.
 */
export class Remote {
  /** Numeric, IPv4 also where it arrived on an IPv6 socket. */
  readonly address: string;
  readonly port: number;
  /** What speaks from here, kept by whoever receives. */
  peer: object | undefined;
  /** The address as a session knows it, kept by the carriers. */
  carrier: string | undefined;
  /** False once the system did not cut what was to go there as one message, which may be the path's fault. */
  takesJoined = true;
  /** As Latin-1 characters: a typed array costs 200 bytes more, which counts where ten thousand talk. */
  #name: string | undefined;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }

  /**
   * What follows the family in a socket address: port and address for IPv4 (ip(7)), port, flow, address and scope for
   * IPv6 (ipv6(7)).
   * @param isV6 whether the socket is of IPv6; it sends to IPv4 by the mapped form (RFC 4291, 2.5.5.2).
   * @returns bytes that are good until the next call.
   */
  nameFor(isV6: boolean): Uint8Array {
    const name = (this.#name ??= Buffer.from(isV6 ? nameOfV6(this) : nameOfV4(this)).toString("latin1"));
    const bytes = isV6 ? scratchV6 : scratchV4;
    for (let byte = 0; byte < bytes.length; byte++) bytes[byte] = name.charCodeAt(byte);
    return bytes;
  }
}

const scratchV4 = new Uint8Array(6);
const scratchV6 = new Uint8Array(26);

function nameOfV4({ address, port }: Remote): Uint8Array {
  return Uint8Array.of(port >> 8, port & 255, ...address.split(".").map(Number));
}

function nameOfV6({ address, port }: Remote): Uint8Array {
  const [bare = "", scope = "0"] = address.split("%");
  const name = new Uint8Array(26);
  name.set([port >> 8, port & 255]);
  name.set(parseAddressBytes(`[${isIPv4(bare) ? `::ffff:${bare}` : bare}]:0`).subarray(0, 16), 6);
  new DataView(name.buffer).setUint32(22, Number(scope), true);
  return name;
}
