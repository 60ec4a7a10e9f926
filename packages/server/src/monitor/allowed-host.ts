import { isIP } from "node:net";
import { hostname } from "node:os";

/**
 * Whether a `Host` header names us. A page of somebody else's can make a browser ask us under a name of that page's,
 * which it has pointed at our address ("DNS rebinding"); addresses and our own names can't be pointed anywhere.
 * @param own the host that the operator configured.
 */
export function isAllowedHost(header: string | undefined, own: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(header ?? "") ?? [];
  const host = (bracketed ?? plain ?? "").toLowerCase();
  if (bracketed !== undefined || isIP(host) !== 0) return isIP(host) !== 0;
  return [own, "localhost", hostname()].some((name) => name.toLowerCase() === host);
}
