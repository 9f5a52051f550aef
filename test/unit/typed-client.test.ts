import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const CLIENT = 'docs/examples/typed-client';

describe('the typed client', () => {
  it('has the types of today’s schema; when not: npm run schema', () => {
    const folder = mkdtempSync(join(tmpdir(), 'warren-typed-'));
    const made = join(folder, 'graphql-env.d.ts');
    const gqlTada = join(ROOT, 'node_modules/.bin/gql.tada');
    execFileSync(gqlTada, ['generate-output', '-c', `${CLIENT}/tsconfig.json`, '-o', made], { cwd: ROOT });
    expect(readFileSync(made, 'utf8') === readFileSync(join(ROOT, CLIENT, 'graphql-env.d.ts'), 'utf8')).toBe(
      true,
    );
    rmSync(folder, { recursive: true });
  });
});
