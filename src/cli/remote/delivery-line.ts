import type { Colours } from '../colours';
import { holdWords } from '../../words/hold-words';

/** What of a delivery a line tells. */
export interface LineOfDelivery {
  /** RFC 3339. */
  at: string;
  status: string;
  type: string;
  endpoint: string;
  attempt: LineOfAttempt | null;
  /** Why it waits, when it does. */
  heldBecause: string | null;
}

export interface LineOfAttempt {
  number: number;
  durationMs: number;
  ok: boolean;
  responseStatus: number | null;
  error: string | null;
}

const STATUS_WIDTH = 'DEAD_LETTERED'.length;

/** `12:00:01.250  DELIVERED      order.placed → Shop  attempt 1  200  14 ms` */
export function deliveryLine(delivery: LineOfDelivery, colours: Colours): string {
  const { at, status, type, endpoint, attempt, heldBecause } = delivery;
  return [
    colours.dim(timeOfDay(at)),
    colourOf(status, colours)(status.padEnd(STATUS_WIDTH)),
    `${type} → ${printable(endpoint)}`,
    ...(attempt ? attemptParts(attempt, colours) : []),
    ...(heldBecause === null ? [] : [colours.dim(holdWords(heldBecause))]),
  ].join('  ');
}

function attemptParts(attempt: LineOfAttempt, colours: Colours): string[] {
  const { number, responseStatus, error, durationMs, ok } = attempt;
  const status = responseStatus === null ? [] : [String(responseStatus)];
  const isTold = error === null || error === `HTTP_${responseStatus ?? ''}`;
  const reason = isTold ? [] : [colours.red(error)];
  return [
    `attempt ${number}`,
    ...status.map(ok ? colours.green : colours.red),
    ...reason,
    `${durationMs} ms`,
  ];
}

function colourOf(status: string, colours: Colours): (text: string) => string {
  switch (status) {
    case 'DELIVERED':
      return colours.green;
    case 'RETRYING':
      return colours.yellow;
    case 'DEAD_LETTERED':
      return colours.red;
    default:
      return colours.dim;
  }
}

/** Of this machine's time zone, as the clock on its wall. */
export function timeOfDay(at: string): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return (
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}` +
    `.${String(date.getMilliseconds()).padStart(3, '0')}`
  );
}

/** A name is somebody else's text: what it holds must not move the cursor or change the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�');
}
