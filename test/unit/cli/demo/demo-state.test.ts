import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemoMemory } from '../../../../src/cli/demo/demo-state';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'demo-state-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the memory of the demo', () => {
  test('adds to what it has and is there the next time', () => {
    makeDemoMemory(folder).keep({ inspectorPort: 4711 });
    makeDemoMemory(folder).keep({ tenantKey: 'wrn_key', isStoryTold: true });
    expect(makeDemoMemory(folder).read()).toEqual({
      inspectorPort: 4711,
      tenantKey: 'wrn_key',
      isStoryTold: true,
    });
    expect(readdirSync(folder)).toEqual(['demo.json']);
  });

  test('holds a key, so only its owner may read it', () => {
    writeFileSync(join(folder, 'demo.json'), '{}', { mode: 0o644 });
    makeDemoMemory(folder).keep({ tenantKey: 'wrn_key' });
    expect(statSync(join(folder, 'demo.json')).mode & 0o777).toBe(0o600);
  });

  test.each(['', '{"inspectorPort":', 'null', '{"inspectorPort":"4711","tenantKey":5,"isStoryTold":"yes"}'])(
    'counts as empty when it holds %j',
    (text) => {
      writeFileSync(join(folder, 'demo.json'), text);
      expect(makeDemoMemory(folder).read()).toEqual({});
    },
  );
});
