import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExpressionRunner } from '../../../src/shape/expression-runner';
import { makeShapeData } from '../../../src/shape/shape-data';
import { TENANT } from '../made-up-tenant';

const page = readFileSync(join(__dirname, '../../../docs/guides/shape.md'), 'utf8');
const blocks = [...page.matchAll(/```(json|jsonata)\n(.*?)```/gs)].map(([, , text = '']) => text);
const [paths = '', data = '', included = '', expression = '', made = '', rounding = '', rounded = ''] =
  blocks;

const runner = makeExpressionRunner();
const shapeData = makeShapeData(runner);
afterAll(() => runner.close());

const shape = async (rules: {
  includeFields: string[] | null;
  transform: string | null;
}): Promise<string> => {
  const event = {
    ...{ id: 'evt_1', tenantId: TENANT, tenantSlug: 'acme', type: 'order.placed', version: 1 },
    occurredAt: new Date('2026-01-02T03:04:05Z'),
    data: Buffer.from(data),
  };
  const shaped = await shapeData({ event, rules });
  return shaped.ok ? shaped.data.toString() : shaped.reason;
};

/** The page's JSON is laid out for people; digits must be the same, so it is compared as text. */
const packed = (json: string): string => json.replaceAll(/\n\s*|(?<=[:,{[])\s+|\s+(?=[}\]])/g, '');

describe('the examples of the guide to shaping', () => {
  it('include the fields that it says', async () => {
    const kept = await shape({ includeFields: JSON.parse(paths) as string[], transform: null });
    expect(packed(kept)).toBe(packed(included));
  });

  it('make the data that it says', async () => {
    expect(await shape({ includeFields: null, transform: expression })).toBe(packed(made));
    expect(await shape({ includeFields: null, transform: rounding })).toBe(packed(rounded));
  });
});
