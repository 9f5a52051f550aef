import { onceWritten } from '../../../src/api/once-written';
import { encodeId, idFloor, newId } from '../../../src/domain/ids';

/** A table in which rows appear with the nth look. */
function table(appear: Record<string, number>) {
  const looks: (readonly string[])[] = [];
  const find = (ids: readonly string[]) => {
    looks.push(ids);
    return Promise.resolve(
      ids.filter((id) => (appear[id] ?? Infinity) <= looks.length).map((id) => ({ id })),
    );
  };
  return { looks, find };
}

it('looks again for what is young and not there yet, and for nothing else', async () => {
  const [there, soon] = [newId('delivery'), newId('delivery')] as const;
  const { looks, find } = table({ [there]: 1, [soon]: 3 });
  const found = await onceWritten([there, soon], find);
  expect(found.map(({ id }) => id)).toEqual([there, soon]);
  expect(looks).toEqual([[there, soon], [soon], [soon]]);
});

it('takes longer than a router waits before it gives up', async () => {
  const startedAt = Date.now();
  const { find } = table({});
  expect(await onceWritten([newId('event')], find)).toEqual([]);
  expect(Date.now() - startedAt).toBeGreaterThan(400);
});

it('looks once for what is a minute old, or no id at all', async () => {
  const old = encodeId('event', idFloor(Date.now() - 61_000));
  const { looks, find } = table({});
  await onceWritten([old], find);
  expect(looks).toHaveLength(1);
});
