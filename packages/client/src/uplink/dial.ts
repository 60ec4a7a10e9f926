import {
  type CloseReason,
  type ControlMessage,
  LARGEST_DATAGRAM_BYTES,
  MAX_DATAGRAM_BYTES,
  MESSAGES_VERSION,
} from "@palaver/protocol";
import { lookup } from "node:dns/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Carrier, CarrierEvents } from "../carrier/carrier.ts";
import { carryOverTcp, connectTcp } from "../carrier/tcp.ts";
import { openUdp } from "../carrier/udp.ts";
import { problem, refusal, toHubError } from "../hub-error.ts";
import type { HubError } from "../connection.ts";
import { Link, type LinkEvents } from "./link.ts";

/** UDP that did not answer for so long gets TCP beside it; TCP that failed is tried again as much later. */
const TCP_DELAY_MS = 1500;
/** The hub that TCP has reached may be back for a moment only: UDP, whose last HELLO may be a second old, goes this far ahead. */
const UDP_AHEAD_MS = 300;
/** From the look-up to the hub's welcome. */
const DIAL_TIMEOUT_MS = 10_000;
/** Of a name with more addresses the rest is not tried. */
const MAX_ADDRESSES = 4;

/** Refusals that may be over soon. */
const PASSING: ReadonlySet<string> = new Set(["BUSY", "RATE", "SHUTDOWN", "TIMEOUT"]);

export type Welcome = Extract<ControlMessage, { type: "welcome" }>;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: Uint8Array;
  readonly client: string;
  readonly nick: string | undefined;
  /** Whether this may be the hub's key; asked before anything but a HELLO is sent. */
  readonly acceptServerKey: (key: Uint8Array) => boolean;
  /** The hub has proven the key. Throws when that is not to be used. */
  readonly onServerKey: (key: Uint8Array) => void;
  /** For whoever keeps the link; the dial itself needs some of them until then. */
  readonly events: LinkEvents;
  onWon(link: Link, welcome: Welcome): void;
  /** Nothing answered, or the hub does not want us; `isFinal` when trying again is of no use. */
  onFailed(error: HubError, isFinal: boolean): void;
}

/** One attempt to reach the hub, over UDP and then over TCP too; the first session that opens is welcomed or fails. */
export interface Dial {
  abort(): void;
}

export function startDial(options: DialOptions): Dial {
  const links = new Set<Link>();
  const ended = new AbortController();
  let winner: Link | undefined;
  let tcpTimer: NodeJS.Timeout | undefined;
  let lastError = problem("TIMEOUT", "noAnswer");
  const deadline = setTimeout(
    () => fail(winner ? problem("TIMEOUT", "noGreeting") : lastError, false),
    DIAL_TIMEOUT_MS,
  );

  const isOver = () => ended.signal.aborted;

  function stop(): void {
    clearTimeout(deadline);
    clearTimeout(tcpTimer);
    ended.abort();
  }

  function abort(): void {
    stop();
    for (const link of links) void link.close();
    links.clear();
  }

  function fail(error: HubError, isFinal: boolean): void {
    if (isOver()) return;
    abort();
    options.onFailed(error, isFinal);
  }

  function start(openCarrier: (events: CarrierEvents) => Carrier, maxSendBytes = MAX_DATAGRAM_BYTES): void {
    const { identity, acceptServerKey } = options;
    links.add(new Link({ identity, acceptServerKey, openCarrier, maxSendBytes, events }));
  }

  const events: LinkEvents = {
    ...options.events,
    onOpen(link) {
      if (isOver() || winner) return;
      winner = link;
      clearTimeout(tcpTimer);
      for (const other of links) if (other !== link) void other.close();
      try {
        options.onServerKey(link.session.remoteKey);
        const { client, nick } = options;
        link.wire.say({ type: "hello", version: MESSAGES_VERSION, client, nick });
      } catch (error) {
        fail(toHubError(error, "AUTH"), true);
      }
    },
    onControl(link, message) {
      if (isOver() || link !== winner) {
        options.events.onControl(link, message);
      } else if (message.type === "welcome") {
        links.delete(link);
        stop();
        options.onWon(link, message);
      } else if (message.type === "error") {
        fail(refusal(message.code, message.message), !PASSING.has(message.code));
      } else {
        options.events.onControl(link, message);
      }
    },
    onClosed(link, reason) {
      if (!links.delete(link) || isOver()) {
        options.events.onClosed(link, reason);
      } else if (isFinalReason(reason)) {
        fail(refusal(reason.code, reason.text), true);
      } else if (!winner || link === winner) {
        if (reason.text !== "") lastError = refusal("TIMEOUT", reason.text);
        if (link === winner) fail(lastError, false);
        else tryTcpLater();
      }
    },
  };

  function tryTcpLater(): void {
    if (winner || isOver()) return;
    clearTimeout(tcpTimer);
    tcpTimer = setTimeout(() => void tryTcp(), TCP_DELAY_MS);
  }

  async function tryTcp(): Promise<void> {
    try {
      const socket = await connectTcp(options.host, options.port, ended.signal);
      // What goes wrong meanwhile is seen below.
      socket.on("error", () => {});
      for (const link of links) link.hurry();
      await delay(UDP_AHEAD_MS, undefined, { signal: ended.signal }).catch(() => {});
      if (winner || isOver()) socket.destroy();
      else if (socket.destroyed) tryTcpLater();
      else start((carrierEvents) => carryOverTcp(socket, carrierEvents));
    } catch {
      // UDP goes on meanwhile.
      tryTcpLater();
    }
  }

  async function begin(): Promise<void> {
    const addresses = await lookup(options.host, { all: true });
    if (isOver()) return;
    const tried = addresses.slice(0, MAX_ADDRESSES);
    // Only the loopback interface is known to fragment nothing; elsewhere a probe of the path would prove nothing.
    const isLoopback = tried.every(({ address }) => address.startsWith("127.") || address === "::1");
    const maxSendBytes = isLoopback ? LARGEST_DATAGRAM_BYTES : MAX_DATAGRAM_BYTES;
    start((carrierEvents) => openUdp(tried, options.port, carrierEvents), maxSendBytes);
    tryTcpLater();
  }

  begin().catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const isUnknown = code === "ENOTFOUND" || code === "EAI_AGAIN";
    fail(isUnknown ? problem("TIMEOUT", "unknownHost", options.host) : toHubError(error), false);
  });

  return { abort };
}

/** What no second attempt will change. */
export function isFinalReason({ code, by }: CloseReason): boolean {
  return (
    by !== "silence" && (code === "AUTH" || code === "VERSION" || (code === "FORBIDDEN" && by === "peer"))
  );
}
