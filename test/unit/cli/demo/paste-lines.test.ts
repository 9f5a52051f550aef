import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amqpLine, curlLine, linesToTry, retryOf } from '../../../../src/cli/demo/paste-lines';
import { isInstalled, shellLine } from '../../../../src/cli/demo/shell-words';

const places = {
  graphqlUrl: 'http://127.0.0.1:4000/graphql',
  tenantKey: 'wrn_key',
  amqpUrl: 'amqp://guest:guest@127.0.0.1:5672/',
  namespace: 'warren',
};

/** The words as a shell hands them to a program. */
function wordsOf(line: string): string[] {
  const script = 'const [, ...words] = process.argv; console.log(JSON.stringify(words))';
  const printed = execFileSync('sh', ['-c', `"$NODE" -e '${script}' -- ${line}`], {
    env: { ...process.env, NODE: process.execPath },
    encoding: 'utf8',
  });
  return JSON.parse(printed) as string[];
}

describe('a line to paste', () => {
  test.each([
    [['curl', '-sS', 'http://127.0.0.1:4000/graphql']],
    [["it's", '$HOME', '`id`', '"quoted"', 'a b', '', '!!', '*', '\\n', 'new\nline', '{"a":"b\'c"}']],
  ])('reaches the program as it was meant: %j', (words) => {
    expect(wordsOf(shellLine(words))).toEqual(words);
  });

  test('retries a delivery with the key and the id in it', () => {
    const words = wordsOf(curlLine(places, retryOf('dlv_1'), true));
    expect(words.slice(0, 5)).toEqual(['curl', '-sS', '-w', '\\n', places.graphqlUrl]);
    expect(words).toContain('authorization: Bearer wrn_key');
    expect(JSON.parse(words.at(-1) ?? '')).toEqual(retryOf('dlv_1'));
  });

  test('does without curl where it is not installed', () => {
    const words = wordsOf(curlLine(places, retryOf('dlv_1'), false));
    expect(words.slice(0, 4)).toEqual(['node', 'docs/examples/graphql.mjs', places.graphqlUrl, 'wrn_key']);
    expect(JSON.parse(words[4] ?? '')).toEqual(retryOf('dlv_1'));
  });

  test('publishes, publishes over AMQP, and watches', () => {
    const [graphql, amqp, watch] = linesToTry(places).map(({ line }) => line);
    expect(graphql).toContain('eventPublish');
    expect(amqp).toMatch(/^(amqp-publish|node) /);
    expect(watch).toBe('node docs/examples/watch.mjs http://127.0.0.1:4000/graphql wrn_key');
  });

  test('uses amqp-publish where it is installed, with a url that it understands', () => {
    const words = wordsOf(
      amqpLine({ ...places, amqpUrl: 'amqp://u:p%40@host:1/?heartbeat=5, amqp://other' }, true),
    );
    expect(words.slice(0, 5)).toEqual(['amqp-publish', '-u', 'amqp://u:p%40@host:1', '-e', 'warren.events']);
    expect(words).toContain('tenant: demo');
    expect(wordsOf(amqpLine({ ...places, amqpUrl: 'amqp://host/%2Fshop' }, true))[2]).toBe(
      'amqp://host/%2Fshop',
    );
  });

  test.each([
    ['where amqp-publish is not installed', places.amqpUrl, false],
    ['where TLS needs more than a url', 'amqps://host:5671', true],
  ])('uses the example of the repository %s', (_where, amqpUrl, hasTool) => {
    const words = wordsOf(amqpLine({ ...places, amqpUrl }, hasTool));
    expect(words.slice(0, 5)).toEqual([
      'node',
      'docs/examples/publish.mjs',
      amqpUrl,
      'warren.events',
      'demo',
    ]);
  });

  test('finds a program on the PATH only when it may be run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'path-'));
    writeFileSync(join(folder, 'amqp-publish'), '');
    chmodSync(join(folder, 'amqp-publish'), 0o755);
    expect(isInstalled('amqp-publish', `/nowhere:${folder}`)).toBe(true);
    expect(isInstalled('amqp-publish', '/nowhere:')).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
