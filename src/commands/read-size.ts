import { UsageError } from "./usage-error.ts";

const factors: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/**
 * Reads `512M`, `2G`, `1.5GiB` or a bare number of bytes; powers of 1024, at least 1.
 *
 * @throws UsageError naming `field`
 */
export function readSize(text: string, field: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  const factor = factors[unit.toLowerCase()];
  if (number === undefined || factor === undefined)
    throw new UsageError(`${field} takes a size such as 512M or 2G, not '${text}'`);
  const bytes = Math.round(Number(number) * factor);
  if (bytes < 1) throw new UsageError(`${field} takes a size of at least 1 byte, not '${text}'`);
  return bytes;
}
