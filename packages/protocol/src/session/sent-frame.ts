import type { SendStream } from "./send-stream.ts";

/** What a packet carried that must be known to have arrived, or be sent again. */
export type SentFrame =
  | {
      readonly type: "stream";
      readonly stream: SendStream;
      readonly offset: number;
      readonly length: number;
      readonly isLast: boolean;
    }
  | { readonly type: "reset"; readonly stream: SendStream }
  | { readonly type: "maxStream"; readonly id: number }
  | { readonly type: "maxData" }
  | { readonly type: "ack"; readonly largest: number }
  /** A probe of this size. */
  | { readonly type: "size"; readonly bytes: number };
