const INDENT = '  ';

/**
 * JSON text with line breaks, every other character as it was: parsing it would round large numbers.
 * @returns the text itself when it is no JSON
 */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let out = '';
  let depth = 0;
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token === '{' || token === '[') {
      const isEmpty = next === '}' || next === ']';
      if (!isEmpty) depth++;
      out += isEmpty ? token : `${token}\n${INDENT.repeat(depth)}`;
    } else if (token === '}' || token === ']') {
      const wasEmpty = tokens[at - 1] === '{' || tokens[at - 1] === '[';
      if (!wasEmpty) depth--;
      out += wasEmpty ? token : `\n${INDENT.repeat(depth)}${token}`;
    } else if (token === ',') out += `,\n${INDENT.repeat(depth)}`;
    else out += token === ':' ? ': ' : token;
  });
  return out;
}

const SHORT = 44;

/** A value as JSON, in which what is short stays on one line: what people have written themselves. */
export function compactJson(value: unknown, depth = 0): string {
  const line = onOneLine(value);
  const isShort = line.length + depth * INDENT.length <= SHORT;
  if (isShort || typeof value !== 'object' || value === null) return line;
  const inner = INDENT.repeat(depth + 1);
  const lines = Array.isArray(value)
    ? value.map((each) => inner + compactJson(each, depth + 1))
    : Object.entries(value).map(
        ([name, each]) => `${inner}${JSON.stringify(name)}: ${compactJson(each, depth + 1)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${lines.join(',\n')}\n${INDENT.repeat(depth)}${close}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${onOneLine(each)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
