/** Within single quotes a shell changes nothing; a quote itself must step outside. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request for a terminal. What was masked on record is masked here. */
export function asCurl(url: string, headers: Record<string, string>, body: string | null): string {
  const lines = Object.entries(headers)
    // curl counts for itself.
    .filter(([name]) => !['content-length', 'host'].includes(name.toLowerCase()))
    .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = body === null ? [] : [`--data-raw ${quoted(body)}`];
  return [`curl -X POST ${quoted(url)}`, ...lines, ...data].join(' \\\n  ');
}
