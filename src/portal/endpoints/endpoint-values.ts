import { asHeaders } from '../deliveries/as-headers';
import type { EndpointDetail } from './endpoint-detail';

/** What the form holds: text, as people write it. */
export interface EndpointValues {
  url: string;
  name: string;
  eventTypes: string;
  description: string;
  payloadFormat: 'STANDARD' | 'CLOUDEVENTS' | 'EMBEDDED_SIGNATURE';
  signatureScheme: 'HMAC_SHA256' | 'ED25519';
  timeoutSeconds: string;
  retrySchedule: string;
  rateLimitPerSecond: string;
  maxInFlight: string;
  ordered: boolean;
  headers: string;
}

export const FORMAT_WORDS: Record<EndpointValues['payloadFormat'], string> = {
  STANDARD: 'Standard Webhooks',
  CLOUDEVENTS: 'CloudEvents 1.0, structured',
  EMBEDDED_SIGNATURE: 'Signature inside the body',
};

/** The fields that are text. */
export type TextField = Exclude<keyof EndpointValues, 'ordered'>;

export const NEW_ENDPOINT: EndpointValues = {
  ...{ url: '', name: '', eventTypes: '', description: '', retrySchedule: '', headers: '' },
  ...{ payloadFormat: 'STANDARD', signatureScheme: 'HMAC_SHA256', timeoutSeconds: '15' },
  ...{ rateLimitPerSecond: '', maxInFlight: '', ordered: false },
};

/** What no limit is, as the API says it. */
export const UNLIMITED_IN_FLIGHT = 1000;

export function valuesOf(endpoint: EndpointDetail): EndpointValues {
  const { url, name, description, payloadFormat, signatureScheme, ordered, maxInFlight } = endpoint;
  return {
    ...{ url, name, description, payloadFormat, signatureScheme, ordered },
    eventTypes: '',
    timeoutSeconds: String(endpoint.timeoutMs / 1000),
    retrySchedule: endpoint.retrySchedule.join(', '),
    rateLimitPerSecond: endpoint.rateLimitPerSecond?.toString() ?? '',
    maxInFlight: maxInFlight === UNLIMITED_IN_FLIGHT ? '' : String(maxInFlight),
    headers: writeHeaders(asHeaders(endpoint.headers)),
  };
}

export const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** "Name: value", one a line. */
export function readHeaders(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

export const writeHeaders = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** What both mutations take. Empty text is the default, except for the URL, which has none. */
export function settingsOf(values: EndpointValues) {
  return {
    url: values.url.trim(),
    name: values.name.trim() || null,
    description: values.description.trim() || null,
    payloadFormat: values.payloadFormat,
    timeoutMs: Math.round(Number(values.timeoutSeconds) * 1000) || null,
    retrySchedule: values.retrySchedule.trim() === '' ? null : wordsOf(values.retrySchedule).map(Number),
    rateLimitPerSecond: numberOf(values.rateLimitPerSecond),
    maxInFlight: numberOf(values.maxInFlight),
    ordered: values.ordered,
  };
}

const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));
