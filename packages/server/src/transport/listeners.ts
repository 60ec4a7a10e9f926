import { isIPv4 } from "node:net";
import type { Logger } from "pino";
import type { ListenAddress } from "../config/listen-address.ts";
import { createTcpTransport, type TcpOptions } from "./tcp.ts";
import type { Transport } from "./transport.ts";
import { checkFree } from "./port-check.ts";
import { createUdpTransport, type Io, type UdpOptions } from "./udp.ts";

/** Of several workers on the same ports: the first one sees to it that nobody else is there. */
export type Sharing = "first" | "next";

export interface ListenersOptions {
  readonly io: Io;
  readonly log: Logger;
  /** Absent: nobody else may be bound to our ports. */
  readonly sharing?: Sharing | undefined;
  readonly receive: UdpOptions["receive"];
  readonly connect: TcpOptions["connect"];
  readonly crowded: TcpOptions["crowded"];
  readonly serve: TcpOptions["serve"];
}

/** New sockets are bound and the old ones still open; one of the two ends it. */
export interface ListenersChange {
  commit(): Promise<void>;
  undo(): Promise<void>;
}

/** The sockets a hub listens on. */
export class Listeners implements AsyncDisposable {
  readonly #options: ListenersOptions;
  #transports: readonly Transport[] = [];

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** In the order they were asked for. */
  get all(): readonly Transport[] {
    return this.#transports;
  }

  /**
   * Binds what is wanted and not yet open. A socket that stays wanted stays open, also when its mount changes.
   * @throws {BindError} with everything as it was.
   */
  async change(wanted: readonly ListenAddress[], maxConnections: number): Promise<ListenersChange> {
    const next: Transport[] = [];
    const opened: Transport[] = [];
    const undo = async () => {
      for (const transport of opened) await transport[Symbol.asyncDispose]();
    };
    try {
      for (const listen of wanted) {
        const kept = this.#transports.find(
          (transport) =>
            !next.includes(transport) && [transport.asked, transport.listen.url].includes(listen.url),
        );
        if (!kept) opened.push(await this.#open(listen, wanted, maxConnections));
        next.push(kept ?? opened.at(-1)!);
      }
    } catch (error) {
      await undo();
      throw error;
    }
    return {
      undo,
      commit: async () => {
        const before = this.#transports;
        this.#transports = next;
        next.forEach((transport, index) => transport.remount(wanted[index]?.mount));
        for (const transport of before) {
          if (next.includes(transport)) continue;
          transport.stop();
          await transport[Symbol.asyncDispose]();
        }
      },
    };
  }

  stop(): void {
    for (const transport of this.#transports) transport.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport[Symbol.asyncDispose]()));
  }

  async #open(
    listen: ListenAddress,
    wanted: readonly ListenAddress[],
    maxConnections: number,
  ): Promise<Transport> {
    // `[::]` serves IPv4 too unless somebody else does on that port.
    const ipv6Only = wanted.some(
      (other) => other.transport === listen.transport && other.port === listen.port && isIPv4(other.host),
    );
    const { io, log, sharing, receive, connect, crowded, serve } = this.#options;
    if (sharing === "first") await checkFree(listen, ipv6Only);
    const place = { listen, ipv6Only, log, ...(sharing && { reusePort: true }) };
    return listen.transport === "udp"
      ? createUdpTransport({ ...place, io, receive })
      : createTcpTransport({ ...place, connect, crowded, serve, maxConnections });
  }
}
