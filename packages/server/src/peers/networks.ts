import { BlockList, isIPv6 } from "node:net";

/** Says whether an address is in one of the networks, written like `10.0.0.0/8` or `::1/128`. */
export function createNetworkSet(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length = ""] = network.split("/");
    list.addSubnet(address, Number(length), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * The network that shares a rate limit: what one customer usually has, /24 of IPv4 and /56 of IPv6, so that
 * nobody multiplies a limit by changing the address.
 */
export function prefixOf(address: string): string {
  if (!isIPv6(address)) return address.slice(0, address.lastIndexOf("."));
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  // 56 bits are three groups and the upper half of the fourth.
  const fourth = Number.parseInt(groups[3] ?? "0", 16) >> 8;
  return `${groups.slice(0, 3).join(":")}:${fourth.toString(16)}`;
}
