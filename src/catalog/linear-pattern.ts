import type { Meter } from './meter';
import type { Instruction } from './pattern-program';

/**
 * Runs a pattern by following all its states at once (Thompson, "Regular Expression Search Algorithm", 1968): the time is
 * at most text × states, whatever the pattern. The engine of JavaScript goes back and tries again, which takes for ever
 * for patterns such as (a+)+$ — and the patterns here are tenants' own.
 */
export interface LinearPattern {
  /** True when it matches somewhere in the text. */
  test(text: string): boolean;
  /** Ajv tells patterns apart by this. */
  toString(): string;
}

export const makeLinearPattern = (
  source: string,
  program: readonly Instruction[],
  meter: Meter,
): LinearPattern => ({
  test: (text) => search(program, text, meter),
  toString: () => `linear:${source}`,
});

/** Up to so many, a step of the meter pays for four; a text has seldom more, and a bomb has hundreds. */
const FEW_STATES = 16;

function search(program: readonly Instruction[], text: string, meter: Meter): boolean {
  let now = new States(program.length);
  let next = new States(program.length);
  for (let at = 0; at <= text.length;) {
    // A match may begin anywhere.
    if (enter(program, 0, now, text, at)) return true;
    if (at === text.length) return false;
    meter.spend(1 + (now.count >> (now.count > FEW_STATES ? 1 : 2)));
    const code = text.codePointAt(at) ?? 0;
    const after = at + (code > 0xffff ? 2 : 1);
    next.clear();
    for (let index = 0; index < now.count; index++) {
      const state = now.list[index] ?? 0;
      const step = program[state];
      if (step?.kind === 'character' && step.matches(code) && enter(program, state + 1, next, text, after))
        return true;
    }
    [now, next] = [next, now];
    at = after;
  }
  return false;
}

/** The states at one place of the text, each once. */
class States {
  readonly list: Int32Array;
  /** Those whose followers are still to be added; here, so that no character of a text makes an array. */
  readonly waiting: number[] = [];
  private readonly seen: Uint8Array;
  count = 0;

  constructor(size: number) {
    this.list = new Int32Array(size);
    this.seen = new Uint8Array(size);
  }

  add(state: number): boolean {
    if (this.seen[state] === 1) return false;
    this.seen[state] = 1;
    this.list[this.count++] = state;
    return true;
  }

  clear(): void {
    for (let index = 0; index < this.count; index++) this.seen[this.list[index] ?? 0] = 0;
    this.count = 0;
  }
}

/** Adds a state and all that follows from it without reading; true when that is a match. */
function enter(
  program: readonly Instruction[],
  from: number,
  states: States,
  text: string,
  at: number,
): boolean {
  const { waiting } = states;
  waiting.length = 0;
  for (let state: number | undefined = from; state !== undefined; state = waiting.pop()) {
    if (!states.add(state)) continue;
    const step = program[state];
    if (step?.kind === 'match') return true;
    if (step?.kind === 'split') for (const to of step.to) waiting.push(to);
    if (step?.kind === 'assert' && holds(step.what, text, at)) waiting.push(state + 1);
  }
  return false;
}

function holds(what: 'start' | 'end' | 'word-edge' | 'no-word-edge', text: string, at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  const isEdge = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return isEdge === (what === 'word-edge');
}

/** [A-Za-z0-9_]; NaN, beyond either end of the text, is none. */
const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
