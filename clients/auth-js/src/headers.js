/**
 * Reads a header of whatever the frameworks hand out: a Fetch `Headers` (that of `next/headers` too), a `Request`, an
 * `IncomingMessage`, or a plain object.
 *
 * @param {any} source
 * @returns {((name: string) => string[]) | null} null when it is none of these; the function's names are in lower case
 */
export function headerReader(source) {
  if (source === null || typeof source !== "object") {
    return null;
  }
  if (typeof source.get === "function" && typeof source.has === "function") {
    return (name) => {
      const value = source.get(name);
      return value === null || value === undefined ? [] : [String(value)];
    };
  }
  if (source.headers !== null && typeof source.headers === "object") {
    return headerReader(source.headers);
  }
  return (name) =>
    Object.entries(source)
      .filter(([key, value]) => key.toLowerCase() === name && value !== null && value !== undefined)
      .flatMap(([, value]) => value)
      .map(String);
}
