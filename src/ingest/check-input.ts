import type { PublishInput } from '../domain/routing/publish';
import { stringify } from 'lossless-json';
import type { UserError } from '../domain/errors';
import { MAX_JSON_DEPTH, exceedsDepth } from '../domain/data/json-bytes';
import { LIMITS } from '../domain/limits';
import { isStorable } from '../domain/timestamp';
import { RESERVED_PREFIX, isEventType } from '../domain/routing/topic-pattern';

/** Everything that is wrong with one input, with paths below `path`; empty when it can be published. */
export function checkInput(input: PublishInput, path: string[], maxDelayMs: number): UserError[] {
  const errors: UserError[] = [];
  const fault = (field: string, code: UserError['code'], message: string): void =>
    void errors.push({ field: [...path, field], code, message });
  if (!isEventType(input.type)) {
    fault(
      'type',
      'INVALID',
      'Use dot-separated segments of letters, digits, _ and -, at most 200 bytes, such as order.placed.',
    );
  } else if (`${input.type}.`.startsWith(RESERVED_PREFIX)) {
    fault('type', 'INVALID', 'Event types that begin with warren. are published by Warren alone.');
  }
  const { version } = input;
  if (version !== undefined && !(Number.isInteger(version) && version >= 1 && version <= 1_000_000)) {
    fault('version', 'INVALID', 'Versions are whole numbers from 1.');
  }
  if (input.idempotencyKey !== undefined) {
    const length = Buffer.byteLength(input.idempotencyKey);
    if (length === 0)
      fault('idempotencyKey', 'INVALID', 'Leave the key out, or give it at least one character.');
    if (length > LIMITS.idempotencyKeyLength) {
      fault('idempotencyKey', 'TOO_LONG', `At most ${LIMITS.idempotencyKeyLength} bytes.`);
    }
  }
  if ((input.orderingKey?.length ?? 0) > LIMITS.orderingKeyLength) {
    fault('orderingKey', 'TOO_LONG', `At most ${LIMITS.orderingKeyLength} characters.`);
  }
  for (const field of ['timestamp', 'deliverAt'] as const) {
    const time = input[field];
    if (time !== undefined && !(isStorable(time) && time.getTime() >= 0))
      fault(field, 'INVALID', 'Use a year from 1970 to 9999.');
  }
  if (input.deliverAt && input.deliverAt.getTime() - Date.now() > maxDelayMs) {
    fault('deliverAt', 'INVALID', `At most ${Math.floor(maxDelayMs / 86_400_000)} days from now.`);
  }
  return errors;
}

/** The data as bytes, or what is wrong with it. */
export function encodeData(data: unknown, maxBytes: number, path: string[]): Buffer | UserError {
  const field = [...path, 'data'];
  let bytes: Buffer;
  try {
    bytes = Buffer.isBuffer(data) ? data : Buffer.from(stringify(data) ?? 'null');
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return { field, code: 'INVALID', message: `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep.` };
  }
  if (bytes.length > maxBytes) {
    return {
      field,
      code: 'TOO_LONG',
      message: `The data has ${bytes.length} bytes; at most ${maxBytes} are allowed.`,
    };
  }
  if (exceedsDepth(bytes, MAX_JSON_DEPTH)) {
    return { field, code: 'INVALID', message: `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep.` };
  }
  return bytes;
}
