import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePattern, type EventPattern } from '../../src/domain/event-pattern/compile-pattern';
import { filteredEvent } from '../../src/domain/event-pattern/filtered-event';
import { PATTERN_LIMITS } from '../../src/domain/event-pattern/parse-pattern';
import { MAX_STARS } from '../../src/domain/event-pattern/wildcard';
import { atOnce } from '../../src/domain/pieces';

const page = readFileSync(join(__dirname, '../../docs/guides/filter.md'), 'utf8');
const event = JSON.parse(/^```json event\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? 'null') as ReturnType<
  typeof filteredEvent
>;

/** The last three cells of each row of a table: a filter that matches, one that does not, and why not. */
const examples = [...page.matchAll(/`(\{[^`]*\})` *\| `(\{[^`]*\})` *\| `([^`]*)` *\|$/gm)].map(
  ([, matching = '', failing = '', reason = '']) => ({ matching, failing, reason }),
);

function compiled(text: string): EventPattern {
  const result = compilePattern(JSON.parse(text));
  if (!result.ok) throw new Error(`${result.path.join('.')} ${result.reason}`);
  return result.pattern;
}

describe('docs/guides/filter.md', () => {
  it('shows the event as the router makes it', () => {
    const { id, type, version, timestamp, tenant, data } = event;
    expect(filteredEvent({ id, type, version, occurredAt: new Date(timestamp) }, tenant, data)).toEqual(
      event,
    );
  });

  it('has an example in every row of its tables', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('{'));
    expect(examples).toHaveLength(rows.length);
    expect(examples.length).toBeGreaterThan(25);
  });

  it.each(examples)('is right that $matching matches', ({ matching }) => {
    expect(atOnce(compiled(matching).explain(event))).toBeUndefined();
  });

  it.each(examples)('is right about $failing', ({ failing, reason }) => {
    expect(atOnce(compiled(failing).explain(event))).toBe(reason);
  });

  it('names the limits as they are', () => {
    const { size, depth, conditions, ways, fields, tries } = PATTERN_LIMITS;
    expect(page.replaceAll('\n', ' ')).toContain(
      `${size.toLocaleString('en')} characters, ${depth} keys deep, ${conditions} conditions, ${MAX_STARS} \`*\` in a wildcard`,
    );
    expect(page.replaceAll('\n', ' ')).toContain(
      `at most ${ways} ways with ${fields} fields and ${tries.toLocaleString('en')} conditions`,
    );
  });
});
