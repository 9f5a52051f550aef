import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLAGS, SCENARIOS, scenariosOf } from '../../bench/scenarios';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8');
const names = Object.keys(SCENARIOS);

/** The rows' first cells in the table under a heading, or before the first one. */
function rowsOf(heading?: string): string[] {
  const sections = page.split(/^## /m);
  const section =
    heading === undefined ? sections[0] : sections.find((text) => text.startsWith(`${heading}\n`));
  return [...(section ?? '').matchAll(/^\| `([a-z][a-z-]*)` /gm)].map(([, name = '']) => name);
}

describe('the scenarios of npm run bench', () => {
  it('are all in docs/performance.md, and no others', () => {
    const families = new Set(names.map((name) => name.split('.')[0] ?? ''));
    expect(rowsOf().sort()).toEqual([...families].sort());
  });

  it.each([
    ['neighbours', 'Neighbours'],
    ['growth', 'Growth'],
  ])('have all parts of %s there', (family, heading) => {
    const parts = names.filter((name) => name.startsWith(`${family}.`)).map((name) => name.split('.')[1]);
    expect(parts.length).toBeGreaterThan(1);
    expect(new Set(rowsOf(heading))).toEqual(new Set(parts));
  });

  it('have all flags there, and no others', () => {
    const told = [...page.matchAll(/^\| `(--[a-z]+)` /gm)].map(([, flag = '']) => flag);
    expect(told.sort()).toEqual([...FLAGS].sort());
  });

  it('are each in a file of the same name', () => {
    const fileOf = (name: string): string => join(ROOT, 'test/bench', `${name.replace('.', '/')}.ts`);
    expect(names.filter((name) => !existsSync(fileOf(name)))).toEqual([]);
  });

  it('are found by name, by family and all at once', () => {
    expect(scenariosOf(['pipe', '--quick'])).toEqual(['pipe']);
    expect(scenariosOf(['growth'])).toEqual([
      'growth.deliveries',
      'growth.endpoints',
      'growth.subscriptions',
    ]);
    expect(scenariosOf(['--quick'])).toEqual(names);
  });

  it('are refused by a name or flag that means nothing', () => {
    expect(() => scenariosOf(['pip'])).toThrow('no scenario pip; there are pipe, latency');
    expect(() => scenariosOf(['pipe', '--fast'])).toThrow('no flag --fast');
  });
});
