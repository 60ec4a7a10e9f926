import { LARGEST_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from "@palaver/protocol";

/**
 * Bytes of the largest datagram that may be tried towards a session's address. Only the loopback interface is known to
 * fragment none: elsewhere a socket of Node's lets the system fragment what is too large, and a probe would prove nothing
 * (RFC 8899, 3: probes must not be fragmented).
 */
export function maxSendBytes(address: string): number {
  const isLoopback = address.startsWith("127.") || address.startsWith("[::1]");
  return isLoopback ? LARGEST_DATAGRAM_BYTES : MAX_DATAGRAM_BYTES;
}

/** Whether a session's address is a TCP connection; see `Carriers`. */
export function isStream(address: string): boolean {
  return address.includes("#t");
}
