/**
 * How long many deliveries took, as counts on a logarithmic scale: slot i holds what took more than γ^(i−1) and at most
 * γ^i milliseconds (the mapping of DDSketch, https://www.vldb.org/pvldb/vol12/p2195-masson.pdf, section 2.2). So any
 * quantile is right within RELATIVE_ERROR, histograms of parts add up to that of the whole, and 256 slots reach from a
 * millisecond to years.
 */
export type Latencies = Map<number, number>;

export const RELATIVE_ERROR = 0.05;
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LAST_SLOT = 255;

function slotOf(latencyMs: number): number {
  const slot = Math.ceil(Math.log(Math.max(latencyMs, 1)) / Math.log(GROWTH));
  return Math.min(slot, LAST_SLOT);
}

export function addLatency(latencies: Latencies, latencyMs: number): void {
  const slot = slotOf(latencyMs);
  latencies.set(slot, (latencies.get(slot) ?? 0) + 1);
}

export function addLatencies(into: Latencies, from: Latencies): void {
  for (const [slot, count] of from) into.set(slot, (into.get(slot) ?? 0) + count);
}

/**
 * The latency in milliseconds that a share of all did not exceed; null when there are none.
 * @param share 0..1: 0.5 is the median
 */
export function quantileMs(latencies: Latencies, share: number): number | null {
  const slots = [...latencies].sort(([a], [b]) => a - b);
  const total = slots.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(share * total));
  for (const [slot, count] of slots) {
    left -= count;
    // The point of the slot that is at most RELATIVE_ERROR away from either end.
    if (left <= 0) return (2 * GROWTH ** slot) / (GROWTH + 1);
  }
  return null;
}

/** For the database: of each slot in use its number in a byte, then its count in base 128, least digit first. */
export function encodeLatencies(latencies: Latencies): Buffer | null {
  if (latencies.size === 0) return null;
  const bytes: number[] = [];
  for (const [slot, count] of latencies) {
    bytes.push(slot);
    let rest = count;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

/** Adds what encodeLatencies wrote. */
export function addEncodedLatencies(into: Latencies, bytes: Buffer | null): void {
  if (bytes === null) return;
  for (let at = 0; at < bytes.length;) {
    const slot = bytes[at++] ?? 0;
    let count = 0;
    for (let unit = 1; ; unit *= 128) {
      const digit = bytes[at++] ?? 0;
      count += (digit % 128) * unit;
      if (digit < 128) break;
    }
    into.set(slot, (into.get(slot) ?? 0) + count);
  }
}
