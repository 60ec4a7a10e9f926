/** What brings frames to one hub and back: a UDP socket or a TCP connection. */
export interface Carrier {
  readonly kind: "udp" | "tcp";
  /** Sends one frame, whose memory is the carrier's from then on; it may get lost. */
  send(frame: Uint8Array): void;
  close(): void;
}

export interface CarrierEvents {
  /** @param frame good until this returns. */
  onFrame(frame: Uint8Array): void;
  /** Nothing will come any more. */
  onGone(reason: string): void;
}
