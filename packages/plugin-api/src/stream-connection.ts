/** A TCP connection of a listener that belongs to a plugin: `dict://0.0.0.0:2628` belongs to the plugin `dict`. */
export interface StreamConnection {
  /** The other side's numeric address, without its port. */
  readonly address: string;
  /** What arrives, as it comes, until the other side ends or goes; reading slowly slows its sender. Read once. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more, and when the connection is gone. Wait for it before the next one. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Ends `input`, and the wait of a `write`, so that the plugin comes to its end. */
  close(): void;
}
