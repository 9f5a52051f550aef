import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePattern } from '../../../../src/domain/event-pattern/compile-pattern';
import { atOnce } from '../../../../src/domain/pieces';

interface Vector {
  name: string;
  rule: unknown;
  event: object;
  /** `EXC`: refused as invalid. */
  expect: boolean | 'EXC';
}

/** Patterns and events with what Amazon EventBridge itself answered. Not part of the project: run where they are present. */
const FILE = join(__dirname, '../../../../../shared/data/eventbridge-pattern-vectors.json');

const vectors = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Vector[]) : [];

const answerTo = ({ rule, event }: Vector): boolean | 'EXC' => {
  const compiled = compilePattern(rule);
  return compiled.ok ? atOnce(compiled.pattern.matches(event)) : 'EXC';
};

describe('event patterns', () => {
  it('have vectors of EventBridge’s in full, or none', () => {
    expect([0, 155]).toContain(vectors.length);
  });

  if (vectors.length > 0) {
    it.each(vectors)('answer as EventBridge does: $name', (vector) => {
      expect(answerTo(vector)).toBe(vector.expect);
    });
  }
});
