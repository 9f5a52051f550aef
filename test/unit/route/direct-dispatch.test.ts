import { newId } from '../../../src/domain/ids';
import { makeDirectDispatch } from '../../../src/roles/router/direct-dispatch';
import type { DeliveryDue } from '../../../src/messages/delivery-due';
import { routeEvents } from '../../../src/route/route-events';
import { ENDPOINT } from '../made-up-tenant';
import { makeMadeUpRouter, turn } from './made-up-router';

const KEYED = { properties: { messageId: 'order-1', headers: { tenant: 'acme' } } };

/** A dispatch that ends when the test says so. */
function heldDispatch() {
  let settle: { done: () => void; fail: () => void } = { done: () => undefined, fail: () => undefined };
  const recorded = new Promise<void>((resolve, reject) => {
    settle = { done: resolve, fail: () => reject(new Error('stopping')) };
  });
  return { dispatchDirectly: jest.fn(() => recorded), settle };
}

describe('an event that is dispatched directly', () => {
  it('does not go over the broker, and is acked when its deliveries are on record', async () => {
    const { dispatchDirectly, settle } = heldDispatch();
    const { deps, steps, message } = makeMadeUpRouter({ dispatchDirectly });
    await routeEvents(deps, [message('a', KEYED)]);
    expect(steps).toEqual(['write', 'announce PENDING']);
    settle.done();
    await turn();
    expect(steps).toEqual(['write', 'announce PENDING', 'ack a']);
  });

  it('goes back to the queue when the process stops before that', async () => {
    const { dispatchDirectly, settle } = heldDispatch();
    const { deps, steps, message } = makeMadeUpRouter({ dispatchDirectly });
    await routeEvents(deps, [message('a', KEYED)]);
    settle.fail();
    await turn();
    expect(steps).toEqual(['write', 'announce PENDING', 'requeue a']);
  });

  it('is never one that could not be found again', async () => {
    const { dispatchDirectly } = heldDispatch();
    const { deps, steps, message } = makeMadeUpRouter({ dispatchDirectly });
    await routeEvents(deps, [message('a')]);
    expect(dispatchDirectly).not.toHaveBeenCalled();
    expect(steps).toEqual(['write', 'sent', 'ack a', 'announce PENDING']);
  });

  it('goes over the broker when the dispatcher does not take it', async () => {
    const { deps, steps, message } = makeMadeUpRouter({ dispatchDirectly: () => undefined });
    await routeEvents(deps, [message('a', KEYED)]);
    expect(steps).toEqual(['write', 'sent', 'ack a', 'announce PENDING']);
  });
});

describe('the way without the hop', () => {
  const due = (count: number): DeliveryDue[] =>
    Array.from({ length: count }, () => ({ id: newId('delivery'), endpointId: ENDPOINT }) as DeliveryDue);

  function direct(dispatcher: Partial<Parameters<typeof makeDirectDispatch>[0]> = {}, haveSpare = false) {
    const dispatch = jest.fn(() => Promise.resolve());
    const whole = { dispatch, hasRoom: () => true, isQuick: () => true, ...dispatcher };
    return { dispatch, take: makeDirectDispatch(whole, { shouldTakeNext: () => haveSpare }) };
  }

  it('takes what the window has room for', async () => {
    const { take, dispatch } = direct({ hasRoom: (count) => count <= 2 });
    expect(take(due(3))).toBeUndefined();
    await take(due(2));
    expect(dispatch).toHaveBeenCalledTimes(2);
  });

  it('is not for a wide fan-out, nor for an endpoint that is slow', () => {
    expect(direct().take(due(9))).toBeUndefined();
    expect(direct({ isQuick: () => false }).take(due(1))).toBeUndefined();
  });

  it('leaves to spare workers what is their part', () => {
    const { take, dispatch } = direct({}, true);
    expect(take(due(1))).toBeUndefined();
    expect(dispatch).not.toHaveBeenCalled();
  });

  it('fails only when all of it has ended, so that what comes back meets no twin under way', async () => {
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const dispatch = jest.fn().mockRejectedValueOnce(new Error('stopping')).mockReturnValueOnce(slow);
    let failed = false;
    const all = direct({ dispatch }).take(due(2));
    all?.catch(() => (failed = true));
    await turn();
    expect(failed).toBe(false);
    finish();
    await expect(all).rejects.toThrow('stopping');
  });
});
