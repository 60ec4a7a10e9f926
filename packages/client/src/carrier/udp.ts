import { release } from "@palaver/protocol";
import { createSocket, type Socket } from "node:dgram";
import type { LookupAddress } from "node:dns";
import type { Carrier, CarrierEvents } from "./carrier.ts";

/** A window of 512 packets may arrive at once; the kernel gives what it can. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

/**
 * Opens UDP towards a hub that has one or several addresses; the first that answers stays.
 *
 * The sockets are not connected: when this machine gets another address, the next packet simply leaves from there.
 */
export function openUdp(addresses: readonly LookupAddress[], port: number, events: CarrierEvents): Carrier {
  const sockets = new Map<number, Socket>();
  let targets = addresses;
  let isClosed = false;

  function socketFor(family: number): Socket {
    const known = sockets.get(family);
    if (known) return known;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      // Addresses are numbers already.
      lookup: (hostname, _options, callback) => callback(null, hostname, family),
    });
    socket.on("message", (frame, from) => {
      if (isClosed) return;
      if (targets.length > 1) {
        const answering = targets.find(({ address }) => address === from.address);
        if (answering) targets = [answering];
      }
      events.onFrame(frame);
      release(frame);
    });
    socket.on("error", (error) => {
      if (!isClosed) events.onGone(error.message);
    });
    sockets.set(family, socket);
    return socket;
  }

  return {
    kind: "udp",
    send(frame) {
      if (isClosed) return;
      // An error (no route just now) is a lost packet: the session core sends again.
      const sent = targets.length === 1 ? () => release(frame) : () => {};
      for (const { address, family } of targets) socketFor(family).send(frame, port, address, sent);
    },
    close() {
      isClosed = true;
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}
