import type { Config } from "../config/config.ts";
import { warning, type Finding } from "./finding.ts";

/** Networks that hold more than any operator's own: whoever forges an address is then trusted as well. */
export function checkTrust({ text }: Config): readonly Finding[] {
  const wide = text.trust.filter((network) => {
    const bits = Number(network.split("/")[1] ?? 128);
    return bits < (network.includes(":") ? 16 : 8);
  });
  if (wide.length === 0) return [];
  const told = `${wide.join(", ")}: no address there is proven, and no rate holds`;
  return [
    warning("text.trust", told, "trust only networks of your own, in which nobody can forge an address"),
  ];
}
