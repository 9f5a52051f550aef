import type { LateAnswer, QueuedDelivery } from '../../../../src/domain/delivery/gate-records';
import { newId } from '../../../../src/domain/ids';
import { ready } from '../../../../src/domain/pieces';
import { askLate } from '../../../../src/gate/late/ask-late';
import { answersOf } from '../../../../src/gate/late/late-answers';
import type { GateNeeds } from '../../../../src/gate/gate-needs';
import { makeTurnTaking } from '../../../../src/runtime/turn-taking';
import { ENDPOINT, SUBSCRIPTION, TENANT } from '../../made-up-tenant';

const GATE = { endpointId: ENDPOINT, tenantId: TENANT };
/** An hour from what this machine's clock says. */
const BY_THE_DATABASE = new Date(Date.now() + 3_600_000);
const queuedAs = (deliveryId: string, isUndecided = true): QueuedDelivery => ({
  ...{ deliveryId, isUndecided },
  ...{ position: 1, lane: `lane of ${deliveryId}` },
});

describe('what a gate lets go', () => {
  function makeNeeds(answers: Record<string, LateAnswer>) {
    const asked = jest.fn((_tenantId: string, ids: readonly string[]) =>
      Promise.resolve(
        new Map(ids.flatMap((id): [string, LateAnswer][] => (answers[id] ? [[id, answers[id]]] : []))),
      ),
    );
    const queue = {
      dismiss: jest.fn(() => Promise.resolve()),
      schedule: jest.fn(() => Promise.resolve()),
    };
    return {
      asked,
      queue,
      needs: { lateAnswers: asked, queue, now: () => BY_THE_DATABASE } as unknown as GateNeeds,
    };
  }

  it('is all there is, where no filter has to be asked', async () => {
    const { asked, needs } = makeNeeds({});
    const queued = [queuedAs('a', false), queuedAs('b', false)];
    expect(await askLate(needs, GATE, queued)).toEqual({ wanted: queued, lookAgain: [] });
    expect(asked).not.toHaveBeenCalled();
  });

  it('is what its filter wants; the rest is cancelled, scheduled or looked at again', async () => {
    const { queue, needs } = makeNeeds({ yes: 'WANTED', no: 'UNWANTED', bad: 'INVALID', later: 'SCHEDULED' });
    const queued = ['yes', 'no', 'bad', 'later', 'not asked yet'].map((id) => queuedAs(id));
    const { wanted, lookAgain } = await askLate(needs, GATE, [...queued, queuedAs('sure', false)]);
    expect(wanted.map(({ deliveryId }) => deliveryId)).toEqual(['yes', 'sure']);
    expect(lookAgain).toEqual(['no', 'bad', 'later', 'not asked yet'].map((id) => `lane of ${id}`));
    expect(queue.dismiss).toHaveBeenCalledWith(ENDPOINT, ['no'], 'FILTERED_OUT', BY_THE_DATABASE);
    expect(queue.dismiss).toHaveBeenCalledWith(ENDPOINT, ['bad'], 'SCHEMA_MISMATCH', BY_THE_DATABASE);
    expect(queue.schedule).toHaveBeenCalledWith(['later'], BY_THE_DATABASE);
  });

  it('is asked about few at a time', async () => {
    const { asked, needs } = makeNeeds({});
    await askLate(
      needs,
      GATE,
      Array.from({ length: 100 }, (_, n) => queuedAs(`d${n}`)),
    );
    expect(asked.mock.calls[0]?.[1]).toHaveLength(16);
  });
});

describe('a filter that is asked later', () => {
  const now = BY_THE_DATABASE;
  const deliveryOf = (id: string, n: number, deliverAt?: Date, isUnchecked = false) => ({
    ...{ id, subscriptionId: SUBSCRIPTION, isUnchecked },
    event: {
      ...{ id: newId('event'), type: 'order.placed', version: 2, occurredAt: now, deliverAt },
      data: Buffer.from(JSON.stringify({ n })),
    },
  });
  const wants = (_subscriptionId: string, event: object) =>
    ready((event as { data: { n: number } }).data.n > 0);
  const ask = (found: ReturnType<typeof deliveryOf>[], ids: string[], delayMs = 0) =>
    answersOf(
      {
        undecided: () => Promise.resolve(found),
        findConfig: async () => {
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          return { slug: 'acme', wants };
        },
        fits: (_tenantId, _event, data) => Promise.resolve((data as { n: number }).n < 5),
        inTurns: makeTurnTaking(),
        now: () => now,
      },
      TENANT,
      ids,
    );

  it('says whether it wants the event, and that it wants it later', async () => {
    const later = new Date(now.getTime() + 60_000);
    const found = [deliveryOf('no', 0), deliveryOf('yes', 1), deliveryOf('then', 1, later)];
    found.push(deliveryOf('never', 0, later), deliveryOf('by now', 1, now));
    expect(Object.fromEntries(await ask(found, ['gone', 'no', 'yes', 'then', 'never', 'by now']))).toEqual({
      ...{ gone: 'WANTED', no: 'UNWANTED', yes: 'WANTED' },
      ...{ then: 'SCHEDULED', never: 'UNWANTED', 'by now': 'WANTED' },
    });
  });

  it('is not asked of an event that does not fit its schema, where that was not checked', async () => {
    const found = [deliveryOf('bad', 9, undefined, true), deliveryOf('checked', 9)];
    found.push(deliveryOf('good', 1, undefined, true), deliveryOf('no', 0, undefined, true));
    expect(Object.fromEntries(await ask(found, ['bad', 'checked', 'good', 'no']))).toEqual({
      ...{ bad: 'INVALID', checked: 'WANTED', good: 'WANTED', no: 'UNWANTED' },
    });
  });

  it('says so of at least one, and of no more than there is time for', async () => {
    const found = [deliveryOf('one', 0), deliveryOf('two', 0)];
    expect((await ask(found, ['one', 'two'], 600)).size).toBe(1);
  });
});
