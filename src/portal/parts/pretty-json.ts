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
