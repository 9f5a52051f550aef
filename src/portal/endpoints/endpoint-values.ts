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
  headers: string;
}

export const NEW_ENDPOINT: EndpointValues = {
  ...{ url: '', name: '', eventTypes: '', description: '', retrySchedule: '', headers: '' },
  ...{ payloadFormat: 'STANDARD', signatureScheme: 'HMAC_SHA256', timeoutSeconds: '15' },
};

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
  };
}
