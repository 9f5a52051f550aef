import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDeployment } from '../../../../src/cli/remote/deployment';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-cli-'));
  mkdirSync(join(folder, 'warren'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = (): NodeJS.ProcessEnv => ({ XDG_CONFIG_HOME: folder });
function write(text: string): string {
  const file = join(folder, 'warren', 'config.json');
  writeFileSync(file, text);
  return file;
}

describe('findDeployment', () => {
  it('takes from the file what is not given, and the usual address when nobody says one', () => {
    write('{"apiKey":"from-file","tenant":"acme"}');
    expect(findDeployment({ tenant: 'given' }, env())).toEqual({
      graphqlUrl: 'http://localhost:4000/graphql',
      apiKey: 'from-file',
      tenant: 'given',
    });
  });

  it.each([
    ['https://warren.example.com', 'https://warren.example.com/graphql'],
    ['https://warren.example.com/', 'https://warren.example.com/graphql'],
    ['http://localhost:4100/graphql', 'http://localhost:4100/graphql'],
    ['https://example.com/hooks/', 'https://example.com/hooks/graphql'],
  ])('finds the API of %s', (url, graphqlUrl) => {
    expect(findDeployment({ url, apiKey: 'k' }, env()).graphqlUrl).toBe(graphqlUrl);
  });

  it.each(['localhost:4000', 'warren.example.com', 'ftp://example.com', ''])(
    'refuses the address %p',
    (url) => {
      expect(() => findDeployment({ url, apiKey: 'k' }, env())).toThrow(/no address of a deployment/);
    },
  );

  it('says where a key may be written when there is none', () => {
    expect(() => findDeployment({}, env())).toThrow(
      `set WARREN_API_KEY, give --api-key, or write {"apiKey": "…"} in ${join(folder, 'warren', 'config.json')}`,
    );
  });

  it('takes what is set to nothing as not set', () => {
    expect(() => findDeployment({ apiKey: '' }, env())).toThrow(/there is no API key/);
    write('{"apiKey":"from-file","tenant":"acme"}');
    expect(findDeployment({ apiKey: '', tenant: '' }, env())).toMatchObject({
      apiKey: 'from-file',
      tenant: 'acme',
    });
  });

  it.each([
    ['{"apiKey":"sesame"', /is not JSON/],
    ['{"apiKey":"sesame","host":"x"}', /has url, apiKey and tenant.*host/],
    ['{"apiKey":["sesame"]}', /apiKey: .*string/],
    ['{"apiKey":"sesame\\n"}', /the API key has a space/],
  ])('refuses the file %s without quoting the key', (text, message) => {
    write(text);
    expect(() => findDeployment({}, env())).toThrow(message);
    expect(() => findDeployment({}, env())).not.toThrow(/sesame/);
  });

  it('wants the file that is named to be there', () => {
    expect(() => findDeployment({ config: join(folder, 'none.json') }, env())).toThrow(/ENOENT/);
  });
});
