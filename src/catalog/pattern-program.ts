/**
 * Regular expressions of schemas, compiled for linear-pattern.ts. The syntax is JavaScript's with the `u` flag, as JSON
 * Schema recommends, less what cannot be run in linear time: look-around and back-references.
 */
export type Instruction =
  | { kind: 'character'; matches(code: number): boolean }
  | { kind: 'split'; to: number[] }
  | { kind: 'assert'; what: 'start' | 'end' | 'word-edge' | 'no-word-edge' }
  | { kind: 'match' };

export type CompiledPattern = { ok: true; program: Instruction[] } | { ok: false; reason: string };

export const MAX_PATTERN_LENGTH = 500;
/** Repetitions are written out, so that {1000} of something long would be thousands of states. */
export const MAX_INSTRUCTIONS = 2000;

class Unsupported extends Error {}

/** The whole grammar was checked by the engine's own parser before: what is left is to find the parts. */
export function compilePattern(source: string): CompiledPattern {
  if (source.length > MAX_PATTERN_LENGTH) {
    return { ok: false, reason: `a pattern has at most ${MAX_PATTERN_LENGTH} characters` };
  }
  try {
    new RegExp(source, 'u');
  } catch {
    return { ok: false, reason: 'it is no regular expression (JavaScript syntax with the u flag)' };
  }
  try {
    return { ok: true, program: new Compiler(source).compile() };
  } catch (error) {
    if (error instanceof Unsupported) return { ok: false, reason: error.message };
    throw error;
  }
}

/** A piece of program whose jumps are relative to its own start; it ends by falling through. */
type Piece = Instruction[];

class Compiler {
  private at = 0;
  constructor(private readonly source: string) {}

  compile(): Instruction[] {
    return bounded([...this.alternatives(), { kind: 'match' }]);
  }

  private alternatives(): Piece {
    const pieces = [this.sequence()];
    while (this.peek() === '|') {
      this.at++;
      pieces.push(this.sequence());
    }
    return pieces.reduceRight((rest, piece) => either(piece, rest));
  }

  private sequence(): Piece {
    const parts: Piece[] = [];
    while (this.at < this.source.length && this.peek() !== '|' && this.peek() !== ')') {
      parts.push(this.quantified(this.atom()));
    }
    return joined(parts);
  }

  private atom(): Piece {
    const character = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    const from = this.at;
    this.at += character.length;
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return oneOf(this.source.slice(from, (this.at = classEnd(this.source, from))));
      case '^':
        return [{ kind: 'assert', what: 'start' }];
      case '$':
        return [{ kind: 'assert', what: 'end' }];
      case '\\':
        return this.escape(from);
      case '.':
        return oneOf('.');
      default:
        return [literal(character.codePointAt(0) ?? 0)];
    }
  }

  private group(): Piece {
    const opening = /^\?(:|<(?![=!])[^>]*>)?/.exec(this.source.slice(this.at));
    if (opening) {
      if (opening[1] === undefined) throw new Unsupported('look-ahead and look-behind are not supported');
      this.at += opening[0].length;
    }
    const inner = this.alternatives();
    this.at++;
    return inner;
  }

  private escape(from: number): Piece {
    const rest = this.source.slice(from);
    if (/^\\[1-9k]/.test(rest)) throw new Unsupported('back-references are not supported');
    const text =
      /^\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|c.|[^])/.exec(
        rest,
      )?.[0] ?? rest;
    this.at = from + text.length;
    if (text === '\\b') return [{ kind: 'assert', what: 'word-edge' }];
    if (text === '\\B') return [{ kind: 'assert', what: 'no-word-edge' }];
    return oneOf(text);
  }

  private quantified(piece: Piece): Piece {
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.source.slice(this.at));
    if (!found) return piece;
    this.at += found[0].length;
    const sign = found[0].charAt(0);
    if (sign === '*') return star(piece);
    if (sign === '+') return joined([piece, star(piece)]);
    if (sign === '?') return either(piece, []);
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] ? Number(found[3]) : Infinity;
    return repeat(piece, least, most);
  }

  private peek(): string {
    return this.source.charAt(this.at);
  }
}

const shift = (piece: Piece, by: number): Piece =>
  piece.map((step) => (step.kind === 'split' ? { kind: 'split', to: step.to.map((to) => to + by) } : step));

/** One after another. */
function joined(pieces: readonly Piece[]): Piece {
  const whole: Instruction[] = [];
  for (const piece of pieces) {
    for (const step of shift(piece, whole.length)) whole.push(step);
    bounded(whole);
  }
  return whole;
}

/** split → first, jump over second; second. */
function either(first: Piece, second: Piece): Piece {
  const secondAt = first.length + 2;
  return bounded([
    { kind: 'split', to: [1, secondAt] },
    ...shift(first, 1),
    { kind: 'split', to: [secondAt + second.length] },
    ...shift(second, secondAt),
  ]);
}

const star = (piece: Piece): Piece =>
  bounded([{ kind: 'split', to: [1, piece.length + 2] }, ...shift(piece, 1), { kind: 'split', to: [0] }]);

function repeat(piece: Piece, least: number, most: number): Piece {
  if (piece.length === 0) return piece;
  if (least > MAX_INSTRUCTIONS || (most !== Infinity && most > MAX_INSTRUCTIONS)) throw tooLarge();
  const first = Array<Piece>(least).fill(piece);
  return joined([...first, most === Infinity ? star(piece) : upTo(piece, most - least)]);
}

/** Each of them may be the last: a jump past all that are left. */
function upTo(piece: Piece, times: number): Piece {
  const length = piece.length + 1;
  if (length * times > MAX_INSTRUCTIONS) throw tooLarge();
  return Array.from({ length: times }, (_, index): Piece => {
    const at = index * length;
    return [{ kind: 'split', to: [at + 1, length * times] }, ...shift(piece, at + 1)];
  }).flat();
}

const tooLarge = () =>
  new Unsupported(`with its repetitions written out it is longer than ${MAX_INSTRUCTIONS} steps`);

function bounded(piece: Piece): Piece {
  if (piece.length > MAX_INSTRUCTIONS) throw tooLarge();
  return piece;
}

const literal = (code: number): Instruction => ({ kind: 'character', matches: (other) => other === code });

const ASCII = 128;

/** A class or escape stands for one character, so the engine's own answer to it takes no time worth counting. */
function oneOf(text: string): Piece {
  const native = new RegExp(`^${text}$`, 'u');
  const ascii = Uint8Array.from({ length: ASCII }, (_, code) =>
    Number(native.test(String.fromCharCode(code))),
  );
  // A line end before the end of input is no match in JavaScript, so that ^x$ holds for one character exactly.
  return [
    {
      kind: 'character',
      matches: (code) => (code < ASCII ? ascii[code] === 1 : native.test(String.fromCodePoint(code))),
    },
  ];
}

function classEnd(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}
