import { makeShapeData, type ShapeMaterial } from '../../../src/shape/shape-data';
import type { ExpressionRunner } from '../../../src/shape/expression-runner';
import { TENANT } from '../made-up-tenant';

type Run = ExpressionRunner['runJson'];

const EVENT: ShapeMaterial['event'] = {
  id: 'evt_1',
  tenantId: TENANT,
  tenantSlug: 'acme',
  type: 'order.placed',
  version: 2,
  occurredAt: new Date(Date.UTC(2026, 0, 2)),
  data: Buffer.from('{"id":12345678901234567890,"card":"4111"}'),
};

const shape = (
  rules: ShapeMaterial['rules'],
  run: Run = () => Promise.resolve({ ok: true, value: '{"n":1}' }),
) => {
  const runJson = jest.fn(run);
  return { runJson, shaped: makeShapeData({ runJson })({ event: EVENT, rules }) };
};

describe('shaping', () => {
  it('gives the very same data, at once, when the subscription asks for nothing', () => {
    const { shaped, runJson } = shape({ includeFields: null, transform: null });
    expect(shaped).toMatchObject({ ok: true });
    expect((shaped as { data: Buffer }).data).toBe(EVENT.data);
    expect(runJson).not.toHaveBeenCalled();
  });

  it('lets an expression see the event, and of its data only what is included', async () => {
    const { shaped, runJson } = shape({ includeFields: ['id'], transform: 'data' });
    expect(await shaped).toEqual({ ok: true, data: Buffer.from('{"n":1}') });
    expect(runJson.mock.calls).toEqual([
      [
        {
          tenantId: TENANT,
          expression: 'data',
          input:
            '{"id":"evt_1","type":"order.placed","version":2,"timestamp":"2026-01-02T00:00:00.000Z","tenant":"acme","data":{"id":12345678901234567890}}',
        },
      ],
    ]);
  });

  it.each<[string, Awaited<ReturnType<Run>>, string]>([
    ['fails', { ok: false, reason: 'it took more than 250 ms' }, 'transform: it took more than 250 ms'],
    ['gives nothing', { ok: true, value: undefined }, 'transform: it gives nothing for this event'],
    [
      'gives what is nested too deeply',
      { ok: true, value: `${'['.repeat(65)}${']'.repeat(65)}` },
      'transform: its result is nested more than 64 levels deep',
    ],
  ])('says why when an expression %s', async (_what, result, reason) => {
    const { shaped } = shape({ includeFields: null, transform: 'x' }, () => Promise.resolve(result));
    expect(await shaped).toEqual({ ok: false, reason });
  });
});
