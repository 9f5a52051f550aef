/** A text in which `*` stands for any number of characters; `\*` and `\\` are the characters themselves. */
export interface Wildcard {
  source: string;
  /** What stands before, between and after the stars, in order. */
  pieces: readonly Piece[];
}

interface Piece {
  text: string;
  /** For each place, how much of the piece's beginning ends there (Knuth, Morris and Pratt): a search never goes back. */
  borders: Int32Array;
}

export const MAX_STARS = 5;

/** The wildcard, or what is wrong with it in words. */
export function parseWildcard(source: string): Wildcard | string {
  const texts = [''];
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '*') {
      if (source.charAt(at + 1) === '*') return 'may not have two * side by side';
      texts.push('');
      continue;
    }
    let literal = character;
    if (character === '\\') {
      literal = source.charAt(++at);
      if (literal !== '*' && literal !== '\\') return 'may have a \\ only before * or another \\';
    }
    texts.push(`${texts.pop() ?? ''}${literal}`);
  }
  if (texts.length > MAX_STARS + 1) return `may have at most ${MAX_STARS} *`;
  return { source, pieces: texts.map((text) => ({ text, borders: bordersOf(text) })) };
}

/** Takes time in proportion to the text, whatever both are. */
export function matchesWildcard({ pieces }: Wildcard, text: string): boolean {
  const first = pieces[0]?.text ?? '';
  const last = pieces.at(-1)?.text ?? '';
  if (pieces.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    at = endOfPiece(piece, text, at, end);
    if (at < 0) return false;
  }
  return true;
}

function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  for (let at = 1, matched = 0; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(at) !== text.charCodeAt(matched))
      matched = borders[matched - 1] ?? 0;
    if (text.charCodeAt(at) === text.charCodeAt(matched)) matched++;
    borders[at] = matched;
  }
  return borders;
}

/** Where the first occurrence between two places ends, or -1. */
function endOfPiece({ text: piece, borders }: Piece, text: string, from: number, end: number): number {
  let matched = 0;
  for (let at = from; at < end; at++) {
    while (matched > 0 && text.charCodeAt(at) !== piece.charCodeAt(matched))
      matched = borders[matched - 1] ?? 0;
    if (text.charCodeAt(at) === piece.charCodeAt(matched)) matched++;
    if (matched === piece.length) return at + 1;
  }
  return -1;
}
