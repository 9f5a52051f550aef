import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { changeWords, pageOf } from '../../../src/portal/audit/change-words';

const schema = buildSchema(readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8'));

describe('a change in the audit log', () => {
  it.each([
    ['endpointCreate', 'Endpoint created'],
    ['endpointSecretRotate', 'Endpoint secret rotated'],
    ['apiKeyRevoke', 'API key revoked'],
    ['eventTypeUpsert', 'Event type saved'],
  ])('reads %s as “%s”', (action, words) => {
    expect(changeWords(action)).toBe(words);
  });

  it('has words for every mutation there is', () => {
    const names = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(names.length).toBeGreaterThan(30);
    // What is not known stays as it is, and no mutation's name ends as English does here.
    expect(names.map(changeWords).filter((words) => !words.endsWith('ed'))).toEqual([]);
  });

  it('leads to what was changed, where that has a page', () => {
    expect(pageOf('ep_01')).toBe('/endpoints/ep_01');
    expect(pageOf('ten_01')).toBeUndefined();
  });
});
