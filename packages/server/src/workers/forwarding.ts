import { tryReadRouting } from "@palaver/protocol";
import type { Remote } from "../transport/remote.ts";
import type { Transport } from "../transport/transport.ts";
import type { UdpTransport } from "../transport/udp.ts";
import type { Backplane, Entrance, Parcel } from "./backplane.ts";

/** Passes frames on to the worker that has their session: the kernel chooses one by the address, which may change. */
export interface Forwarding {
  /** In front of this worker's connection ids. */
  readonly routingBytes: Uint8Array;
  /** False for what is this worker's own, or nobody's. */
  passOn(frame: Uint8Array, from: Remote, transport: UdpTransport): boolean;
  passOnFrom(connection: string, frame: Uint8Array): boolean;
  /** What another worker passed on, or wants to be sent by a connection of this one. */
  take(parcel: Extract<Parcel, { readonly type: "frame" | "carry" }>, from: number): void;
  /** Sends to an address that this worker has no way to; another one's connection. */
  sendElsewhere(frame: Uint8Array, address: string): void;
}

export interface ForwardingOptions {
  readonly backplane: Backplane;
  /** The same for all workers of a hub, and another one after a restart. */
  readonly salt: number;
  listeners(): readonly Transport[];
  /** A frame by a listener of this worker, or by a connection of another one. */
  receive(frame: Uint8Array, from: Remote, transport: UdpTransport): void;
  receiveFrom(address: string, frame: Uint8Array): void;
  /** By a connection of this worker. */
  send(frame: Uint8Array, connection: string): void;
}

const borrowed = /^(.*#t\d+)w(\d+)$/;

export function createForwarding(options: ForwardingOptions): Forwarding {
  const { backplane, salt } = options;
  const { self, workers } = backplane;
  const ownerOf = (frame: Uint8Array): number | undefined => {
    const routing = tryReadRouting(frame);
    if (routing === undefined) return undefined;
    const worker = (routing - salt) & 0xffff;
    return worker < workers && worker !== self ? worker : undefined;
  };
  const forward = (frame: Uint8Array, by: Entrance): boolean => {
    const owner = ownerOf(frame);
    if (owner === undefined) return false;
    // A copy of its own: what is sent takes all of the memory that it lies in with it, and that is used again.
    backplane.publish({ type: "frame", bytes: Uint8Array.from(frame), by }, owner);
    return true;
  };
  const routing = (salt + self) & 0xffff;
  return {
    routingBytes: Uint8Array.of(routing >> 8, routing & 0xff),
    passOn: (frame, { address, port }, { listen }) => forward(frame, { listener: listen.url, address, port }),
    passOnFrom: (connection, frame) => forward(frame, { connection }),
    take(parcel, from) {
      if (parcel.type === "carry") return options.send(parcel.bytes, parcel.connection);
      const { bytes, by } = parcel;
      if ("connection" in by) return options.receiveFrom(`${by.connection}w${from}`, bytes);
      const transport = options.listeners().find(({ listen }) => listen.url === by.listener);
      if (transport && isUdp(transport)) {
        options.receive(bytes, transport.remote(by.address, by.port), transport);
      }
    },
    sendElsewhere(frame, address) {
      const [, connection = "", worker] = borrowed.exec(address) ?? [];
      if (worker === undefined) return;
      backplane.publish({ type: "carry", bytes: Uint8Array.from(frame), connection }, Number(worker));
    },
  };
}

function isUdp(transport: Transport): transport is UdpTransport {
  return "remote" in transport;
}
