/**
 * The W3C trace context that came with something, as text; undefined when there is none, or none that can be read: a
 * malformed one is nobody's reason to lose an event (https://www.w3.org/TR/trace-context/ section 3.2).
 */
export function readTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
