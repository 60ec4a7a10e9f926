import { expect, test } from "vitest";
import { Carriers } from "../../src/sessions/carriers.ts";
import { isStream, maxSendBytes } from "../../src/sessions/datagram-limit.ts";
import type { Connection } from "../../src/transport/tcp.ts";
import type { Remote } from "../../src/transport/remote.ts";
import type { UdpTransport } from "../../src/transport/udp.ts";

test("a connection's address is a stream, also another worker's, and a listener's is none", () => {
  const carriers = new Carriers();
  for (const address of ["127.0.0.1", "::1", "192.0.2.7"]) {
    const remote = { address, port: 5353 };
    const connection = carriers.add({ remote } as Connection);
    expect([isStream(connection), isStream(`${connection}w1`)]).toEqual([true, true]);
    const datagrams = carriers.addressOf({ ...remote } as Remote, {} as UdpTransport);
    expect(isStream(datagrams)).toBe(false);
    expect(maxSendBytes(datagrams)).toBe(address.startsWith("192") ? 1200 : 65_000);
  }
});
