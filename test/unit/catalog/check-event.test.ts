import { makeCheckEvent, type CheckDeps } from '../../../src/catalog/check-event';
import type { CatalogHead, EventToCheck } from '../../../src/domain/schema/catalog';
import { newId } from '../../../src/domain/ids';
import type { IsTooLate } from '../../../src/domain/pieces';
import { TENANT } from '../made-up-tenant';
import { makeTurnTaking } from '../../../src/runtime/turn-taking';

const head = (changes: Partial<CatalogHead> = {}): CatalogHead => ({
  id: newId('eventType'),
  name: 'order.placed',
  requiredScope: null,
  archived: false,
  revision: 1,
  versions: [{ version: 1, deprecated: false, hasSchema: true }],
  ...changes,
});

function makeCatalog(
  entry: CatalogHead | undefined,
  changes: Partial<CheckDeps> & { grants?: string[] } = {},
) {
  const schemaOf = jest.fn(() => Promise.resolve({ type: 'object', required: ['id'] } as unknown));
  const onUnusable = jest.fn();
  const check = makeCheckEvent({
    strict: false,
    inTurns: makeTurnTaking(),
    findCatalog: () =>
      Promise.resolve({
        grants: new Set(changes.grants),
        entryOf: (type) => (type === entry?.name ? entry : undefined),
      }),
    schemaOf,
    onUnusable,
    ...changes,
  });
  const ask = (event: Partial<EventToCheck> = {}, isTooLate?: IsTooLate) =>
    check(
      {
        tenantId: TENANT,
        configVersion: 1,
        sharedCatalogVersion: 1,
        type: 'order.placed',
        version: undefined,
        data: () => ({ id: 1 }),
        ...event,
      },
      isTooLate,
    );
  return { ask, schemaOf, onUnusable };
}

const FITS = { ok: true, version: 1, lackedScope: null };

describe('the catalog asked about an event', () => {
  it('has nothing against a type that it does not know, and neither reads nor parses anything', async () => {
    const data = jest.fn();
    const { ask, schemaOf } = makeCatalog(undefined);
    expect(await ask({ data })).toEqual(FITS);
    expect(await ask({ data, version: 7 })).toEqual({ ...FITS, version: 7 });
    expect(data).not.toHaveBeenCalled();
    expect(schemaOf).not.toHaveBeenCalled();
  });

  it('neither reads nor parses for a version without a schema', async () => {
    const data = jest.fn();
    const versions = [{ version: 1, deprecated: false, hasSchema: false }];
    const { ask, schemaOf } = makeCatalog(head({ versions }));
    expect(await ask({ data })).toEqual(FITS);
    expect(data).not.toHaveBeenCalled();
    expect(schemaOf).not.toHaveBeenCalled();
  });

  it('reads a schema once for as long as the entry is the same', async () => {
    const entry = head();
    const { ask, schemaOf } = makeCatalog(entry);
    expect(await ask()).toEqual(FITS);
    expect(await ask({ data: () => ({}) })).toMatchObject({
      ok: false,
      code: 'SCHEMA_MISMATCH',
      faults: [{ pointer: '/id', message: 'is required' }],
    });
    expect(schemaOf).toHaveBeenCalledTimes(1);
    entry.revision = 2;
    await ask();
    expect(schemaOf).toHaveBeenCalledTimes(2);
  });

  it('asks again when the schema could not be read', async () => {
    const { ask, schemaOf } = makeCatalog(head());
    schemaOf.mockRejectedValueOnce(new Error('the database is away'));
    await expect(ask()).rejects.toThrow('away');
    expect(await ask()).toEqual(FITS);
  });

  it.each([
    ['the newest', [false, false, false], 3],
    ['the newest that is not deprecated', [false, false, true], 2],
    ['the newest of all when every one is deprecated', [true, true, true], 3],
  ])('takes an event without a version for %s', async (_, deprecated, version) => {
    const versions = deprecated.map((is, index) => ({
      version: index + 1,
      deprecated: is,
      hasSchema: false,
    }));
    expect(await makeCatalog(head({ versions })).ask()).toMatchObject({ ok: true, version });
  });

  it('refuses a version that there is not', async () => {
    expect(await makeCatalog(head()).ask({ version: 2 })).toEqual({
      ok: false,
      code: 'UNKNOWN_TYPE',
      field: 'version',
      reason: 'order.placed has only version 1, and no version 2',
    });
  });

  it('withholds a type from a tenant without the scope it requires', async () => {
    const entry = head({ requiredScope: 'gold' });
    expect(await makeCatalog(entry).ask()).toEqual({ ...FITS, lackedScope: 'gold' });
    expect(await makeCatalog(entry, { grants: ['gold'] }).ask()).toEqual(FITS);
  });

  it('checks nothing again of what was checked where it came in, whatever it says by now', async () => {
    const { ask, schemaOf } = makeCatalog(head({ requiredScope: 'gold', archived: true }), { strict: true });
    expect(await ask({ data: undefined, version: 9 })).toEqual({ ok: true, version: 9, lackedScope: 'gold' });
    expect(schemaOf).not.toHaveBeenCalled();
  });

  it('refuses what is unknown or archived only when it is strict, and never Warren’s own events', async () => {
    const entry = head({ archived: true });
    expect(await makeCatalog(entry).ask()).toEqual(FITS);
    const strict = makeCatalog(entry, { strict: true });
    expect(await strict.ask()).toMatchObject({ code: 'UNKNOWN_TYPE', field: 'type' });
    expect(await strict.ask({ type: 'other' })).toMatchObject({ code: 'UNKNOWN_TYPE', field: 'type' });
    expect(await strict.ask({ type: 'warren.endpoint.disabled' })).toEqual(FITS);
  });

  it('gives up what takes longer than a moment when it is too late, and says so', async () => {
    const items = { type: 'array', items: { type: 'string', maxLength: 9 } };
    const { ask } = makeCatalog(head(), { schemaOf: () => Promise.resolve(items) });
    const many = (last: string): string[] => [...Array.from({ length: 20_000 }, () => 'x'), last];
    const isTooLate = jest.fn((pieces: number) => pieces > 0);
    const long = 'much too long';
    expect(await ask({ data: () => ['x'] })).toEqual(FITS);
    expect(await ask({ data: () => [long] }, isTooLate)).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    expect(isTooLate).not.toHaveBeenCalledWith(1);
    expect(await ask({ data: () => many(long) }, isTooLate)).toEqual({ ...FITS, isUnchecked: true });
    expect(isTooLate).toHaveBeenCalledWith(1);
    expect(await ask({ data: () => ['x'] }, () => true)).toEqual({ ...FITS, isUnchecked: true });
    expect(await ask({ data: () => many(long) }, () => false)).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    expect(await ask({ data: () => many('x') })).toEqual(FITS);
  });

  it('counts who is the first to wait for a schema as one with heavy work', async () => {
    const { ask, schemaOf } = makeCatalog(head());
    const isTooLate = jest.fn(() => false);
    await Promise.all([ask({}, isTooLate), ask({}, isTooLate), ask({}, isTooLate)]);
    expect(isTooLate.mock.calls).toEqual([[0], [1], [0], [0]]);
    expect(await ask({}, (pieces) => pieces > 0)).toEqual(FITS);
    const other = makeCatalog(head());
    expect(await other.ask({}, (pieces) => pieces > 0)).toEqual({ ...FITS, isUnchecked: true });
    expect([schemaOf.mock.calls.length, other.schemaOf.mock.calls.length]).toEqual([1, 0]);
  });

  it('lets events pass, and says so, when a saved schema cannot be compiled any more', async () => {
    const { ask, onUnusable } = makeCatalog(head(), { schemaOf: () => Promise.resolve({ type: 'strin' }) });
    expect(await ask()).toEqual(FITS);
    expect(onUnusable).toHaveBeenCalledTimes(1);
  });
});
