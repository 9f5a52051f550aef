/** The three headers of Standard Webhooks that a signature takes part in. */
export interface SignatureHeaders {
  id: string;
  timestamp: string;
  signature: string;
}

/** What was given on the command line; every way is optional, and what is named by itself wins. */
export interface GivenHeaders {
  id?: string | undefined;
  timestamp?: string | undefined;
  signature?: string | undefined;
  /** `name: value`, once for each. */
  lines: readonly string[];
  /** The text of a file: lines as above, or a JSON object of names and values. */
  text?: string | undefined;
}

/** Throws with the names of those that are missing. */
export function signatureHeaders(given: GivenHeaders): SignatureHeaders {
  const named = new Map([...namedIn(given.text ?? ''), ...given.lines.flatMap(namedInLine)]);
  const found = {
    id: given.id ?? named.get('webhook-id'),
    timestamp: given.timestamp ?? named.get('webhook-timestamp'),
    signature: given.signature ?? named.get('webhook-signature'),
  };
  const { id, timestamp, signature } = found;
  if (id !== undefined && timestamp !== undefined && signature !== undefined)
    return { id, timestamp, signature };
  const missing = Object.entries(found).flatMap(([name, value]) => (value === undefined ? [name] : []));
  throw new Error(
    `${missing.map((name) => `webhook-${name}`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing: ` +
      `give ${missing.map((name) => `--${name}`).join(' and ')}, or the headers with --header or --headers`,
  );
}

function namedIn(text: string): [string, string][] {
  return text.trimStart().startsWith('{') ? namedInJson(text) : text.split(/\r?\n/).flatMap(namedInLine);
}

/** A line that is no header, such as the request line above them, says nothing. */
function namedInLine(line: string): [string, string][] {
  const colon = line.indexOf(':');
  return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
}

function namedInJson(text: string): [string, string][] {
  return Object.entries(parseObject(text)).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [],
  );
}

function parseObject(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new Error('the headers look like JSON and are not: give a JSON object, or lines of `name: value`', {
      cause,
    });
  }
}
