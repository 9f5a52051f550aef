/** A string, with the colon after it when it is a name; a number; a word. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

export interface JsonPart {
  /** Undefined: what stands between the others. */
  kind?: 'name' | 'string' | 'value';
  text: string;
}

/** JSON text in parts that together are the text, character for character; so is a text that is no JSON. */
export function jsonParts(text: string): JsonPart[] {
  const parts: JsonPart[] = [];
  let end = 0;
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(TOKENS)) {
    const shown = string ?? token;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({
      kind: string === undefined ? 'value' : colon === undefined ? 'string' : 'name',
      text: shown,
    });
    end = index + shown.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
