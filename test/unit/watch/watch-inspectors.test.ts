import { newId } from '../../../src/domain/ids';
import type { InspectedRequest } from '../../../src/domain/inspector';
import { makeInspectorWatching } from '../../../src/watch/watch-inspectors';
import { waitUntil } from '../../support/wait-until';

const makeRequest = (inspectorId: string): InspectedRequest => ({
  ...{ id: newId('inspectedRequest'), inspectorId, tenantId: newId('tenant'), method: 'POST', path: '/' },
  ...{ headers: {}, bodyBytes: 0, signature: 'UNSIGNED', answeredStatus: 200 },
});

function underTest() {
  const kept: InspectedRequest[] = [];
  const looks: string[][] = [];
  const watching = makeInspectorWatching({
    pauseMs: 5,
    since(ids) {
      looks.push([...ids]);
      return Promise.resolve(kept.filter(({ inspectorId }) => ids.includes(inspectorId)));
    },
  });
  const gather = (inspectorId: string, signal = new AbortController().signal) => {
    const seen: string[] = [];
    const ended = (async () => {
      for await (const requests of watching.watch(inspectorId, signal))
        seen.push(...requests.map(({ id }) => id));
    })();
    return { seen, ended };
  };
  return { kept, looks, gather };
}

describe('a watch of an inspector', () => {
  it('tells each request that comes from now on, once, and none of another', async () => {
    const { kept, looks, gather } = underTest();
    const [mine, other] = [newId('inspector'), newId('inspector')];
    kept.push(makeRequest(mine));
    const controller = new AbortController();
    const { seen, ended } = gather(mine, controller.signal);
    await waitUntil(() => looks.length > 2);
    expect(seen).toEqual([]);
    const fresh = [makeRequest(mine), makeRequest(mine)];
    kept.push(makeRequest(other), ...fresh);
    await waitUntil(() => seen.length === 2);
    const before = looks.length;
    await waitUntil(() => looks.length > before + 3);
    expect(seen).toEqual(fresh.map(({ id }) => id));
    controller.abort();
    await ended;
  });

  it('costs one look for all that are watched, and none when nobody watches', async () => {
    const { looks, gather } = underTest();
    const [one, two] = [newId('inspector'), newId('inspector')];
    const controller = new AbortController();
    const watches = [one, one, two].map((id) => gather(id, controller.signal));
    await waitUntil(() => looks.length > 6);
    expect(looks.slice(4).every((ids) => ids.length === 2)).toBe(true);
    controller.abort();
    await Promise.all(watches.map(({ ended }) => ended));
    const before = looks.length;
    const later = underTest();
    const again = new AbortController();
    const { ended } = later.gather(one, again.signal);
    await waitUntil(() => later.looks.length > 5);
    again.abort();
    await ended;
    expect(looks.length).toBe(before);
  });
});
