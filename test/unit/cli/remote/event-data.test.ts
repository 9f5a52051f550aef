import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GraphqlCaller } from '../../../../src/cli/call-graphql';
import { dataGiven, exampleOf } from '../../../../src/cli/remote/event-data';

const catalogOf = (eventType: unknown): GraphqlCaller => ({
  call: <T>() => Promise.resolve({ eventType } as T),
});
const version = (number: number, deprecated: boolean, example: unknown = { from: number }) => ({
  version: number,
  deprecated,
  example,
});

describe('exampleOf', () => {
  it.each([
    ['the newest', [version(1, false), version(2, false)], undefined, 2],
    ['the newest that is not deprecated', [version(1, false), version(2, true)], undefined, 1],
    ['the newest when all are deprecated', [version(1, true), version(2, true)], undefined, 2],
    ['the one that is asked for', [version(1, true), version(2, false)], 1, 1],
  ])('takes %s', async (_, versions, asked, expected) => {
    expect(await exampleOf(catalogOf({ versions }), 'a.b', asked)).toEqual({
      data: { from: expected },
      version: expected,
    });
  });

  it.each([
    ['no type', null, undefined, /the catalog has no event type a\.b: give the data with --data/],
    ['no version', { versions: [version(1, false)] }, 3, /a\.b has no version 3/],
    ['no example', { versions: [version(1, false, null)] }, undefined, /version 1 of a\.b has no example/],
  ])('says what to do when there is %s', async (_, eventType, asked, message) => {
    await expect(exampleOf(catalogOf(eventType), 'a.b', asked)).rejects.toThrow(message);
  });
});

describe('dataGiven', () => {
  it('takes JSON as it stands, or from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warren-cli-'));
    writeFileSync(join(folder, 'data.json'), '[1]');
    expect(await dataGiven(' {"a":1}')).toEqual({ a: 1 });
    expect(await dataGiven(join(folder, 'data.json'))).toEqual([1]);
    rmSync(folder, { recursive: true });
  });

  it.each<[string, unknown]>([
    ['1', 1],
    [' -0.5e1 ', -5],
    ['true', true],
    ['null', null],
    ['"text"', 'text'],
    ['[]', []],
  ])('takes the JSON %s for what it is, not for the name of a file', async (given, data) => {
    expect(await dataGiven(given)).toEqual(data);
  });

  it('says what is wrong with what is no JSON, and that a file is not there', async () => {
    await expect(dataGiven('{"a":')).rejects.toThrow(/the data is not JSON: /);
    await expect(dataGiven('no-such.json')).rejects.toThrow(/cannot read no-such\.json \(ENOENT\)/);
  });
});
