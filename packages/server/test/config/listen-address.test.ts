import { describe, expect, it } from "vitest";
import { parseListenAddress } from "../../src/config/listen-address.ts";

describe("a listen address", () => {
  it.each([
    ["udp://0.0.0.0:6666", { transport: "udp", host: "0.0.0.0", port: 6666, mount: undefined }],
    ["tcp://[::]:6666", { transport: "tcp", host: "::", port: 6666, mount: undefined }],
    ["udp://127.0.0.1:6667=dict", { transport: "udp", host: "127.0.0.1", port: 6667, mount: "dict" }],
    ["udp://[fe80::1%eth0]:0=my-plugin2", { host: "fe80::1%eth0", port: 0, mount: "my-plugin2" }],
    ["dict://[::1]:2628", { transport: "tcp", protocol: "dict", port: 2628, mount: undefined }],
    ["my-gopher2://[::1]:70", { transport: "tcp", protocol: "my-gopher2", port: 70 }],
    ["tcp://localhost:1", { host: "localhost", port: 1 }],
    ["udp://my_host-1.example.org.:65535", { host: "my_host-1.example.org.", port: 65_535 }],
  ])("is read: %s", (text, expected) => {
    const address = parseListenAddress(text);
    expect(address).toMatchObject(expected);
    expect(address.url).toBe(text.split("=")[0]);
  });

  it("says the port it really got", () => {
    const address = parseListenAddress("tcp://[::1]:0=chat").withPort(4711);
    expect(address).toMatchObject({ url: "tcp://[::1]:4711", port: 4711, mount: "chat" });
  });

  it.each([
    ["", "no address to listen on"],
    ["6666", "no address to listen on"],
    ["127.0.0.1:6666", "no address to listen on"],
    ["UDP://127.0.0.1:6666", "write udp:// or tcp://"],
    ["udp://127.0.0.1", "has no port"],
    ["udp://127.0.0.1:", "has no port"],
    ["udp://127.0.0.1=dict", "has no port"],
    ["udp://127.0.0.1:65536", "no valid port"],
    ["udp://127.0.0.1:-1", "no valid port"],
    ["udp://127.0.0.1:6e3", "no valid port"],
    ["udp://127.0.0.1:6666/", "no address to listen on"],
    ["udp://:6666", "no valid host"],
    ["udp://256.0.0.1:6666", "no valid host"],
    ["udp://127.1:6666", "no valid host"],
    ["udp://a b:6666", "no valid host"],
    ["udp://-a:6666", "no valid host"],
    ["udp://[::g]:6666", "no valid IPv6 address"],
    ["udp://[127.0.0.1]:6666", "no valid IPv6 address"],
    ["udp://::1:6666", "no address to listen on"],
    ["udp://127.0.0.1:6666=", "no plugin's name"],
    ["udp://127.0.0.1:6666=Dict", "no plugin's name"],
    ["udp://127.0.0.1:6666=a=b", "no plugin's name"],
    ["dict://127.0.0.1:2628=dict", "belongs to the plugin dict already"],
    ["udp://a\nb:6666", "no valid host"],
  ])("is refused with a reason: %j", (text, reason) => {
    expect(() => parseListenAddress(text)).toThrow(reason);
  });
});
