import { makeLoaders } from '../../../src/api/loaders';
import { DeliveryResolver } from '../../../src/api/resolvers/delivery-resolver';
import { PageArguments } from '../../../src/api/types/connection';
import { DeliveryFilterInput } from '../../../src/api/inputs/filter-inputs';
import { newId } from '../../../src/domain/ids';

it('does not keep for the deliveries that their event was not on record a moment ago', async () => {
  const eventId = newId('event');
  let isOnRecord = false;
  const byIds = (_scope: unknown, ids: readonly string[]) =>
    Promise.resolve(isOnRecord ? ids.map((id) => ({ id })) : []);
  const loaders = makeLoaders({ events: { byIds } } as never, null);
  const list = (): Promise<unknown> => {
    isOnRecord = true;
    return Promise.resolve({ items: [], hasNextPage: false, hasPreviousPage: false });
  };
  const context = {
    authentication: { ok: true, caller: { tenantId: newId('tenant'), scopes: new Set(['deliveries:read']) } },
    api: { stores: { deliveries: { list } } },
    loaders,
  };
  const filter = Object.assign(new DeliveryFilterInput(), { eventId });
  await new DeliveryResolver().deliveries(
    filter,
    Object.assign(new PageArguments(), { first: 1 }),
    context as never,
  );
  expect(await loaders.event.load(eventId)).toEqual({ id: eventId });
});
