import { streamCursor } from '../../../src/api/cursor';
import { freePorts } from '../../../src/provision/free-port';
import { keepWatching, type ResumingStream } from '../../support/resuming-stream';
import { waitUntil } from '../../support/wait-until';
import { closeBooks } from '../accounting';
import { deploy, type Deployment } from '../deployment';
import type { Scenario } from '../scenario';

const SUBSCRIBERS = { 'load.ok': ['/ok'] };

/** An API process is killed under everybody who watches; all resume at the next, with no gap and no repeat. */
export const liveStreams: Scenario = async ({ servers, form, report }) => {
  const { watchers, events, kills } =
    form === 'long' ? { watchers: 500, events: 600, kills: 3 } : { watchers: 25, events: 120, kills: 1 };
  const deployment = await deploy(servers);
  const streams: ResumingStream[] = [];
  try {
    const { id: tenantId, key } = deployment.tenant();
    await deployment.subscribe('load.ok', '/ok');
    await deployment.spawn({ WARREN_ROLES: 'router,worker' });
    const [port = 0] = await freePorts(1);
    const api = { WARREN_ROLES: 'api', WARREN_PORT: String(port) };
    let watched = await deployment.spawn(api);
    for (let n = 0; n < watchers; n++) {
      streams.push(keepWatching(`${watched.url}/graphql`, key, streamCursor(tenantId, 0)));
    }
    const generator = deployment.generate({ types: ['load.ok'], count: events, perSecond: 20 });
    for (let kill = 1; kill <= kills; kill++) {
      const due = (kill * events) / (kills + 1);
      await waitUntil(() => streams.every((stream) => stream.updates().length >= due), 240_000);
      await watched.signal('SIGKILL');
      report(`the API was killed under ${watchers} who watch`);
      watched = await deployment.spawn(api);
    }
    await generator.done;
    await deployment.settled(events, 120_000);
    const expected = await readCursors(deployment, tenantId);
    await waitUntil(() => streams.every((stream) => stream.updates().length >= expected.length), 240_000);
    const wrong = streams.filter(
      (stream) =>
        stream
          .updates()
          .map(({ cursor }) => cursor)
          .join() !== expected.join(),
    ).length;
    const resumes = streams.reduce((sum, stream) => sum + stream.resumes(), 0);
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    const { figures, faults } = await closeBooks(deployment, { subscribers: SUBSCRIBERS, maxDuplicates: 0 });
    if (wrong > 0) faults.push(`${wrong} of ${watchers} streams have a gap or a repeat`);
    if (resumes < watchers * kills) faults.push(`only ${resumes} resumes of ${watchers * kills}`);
    return { figures: { watchers, kills, resumes, updates: expected.length, ...figures }, faults };
  } finally {
    await Promise.all(streams.map((stream) => stream.close()));
    await deployment.end();
  }
};

async function readCursors({ sql }: Deployment, tenantId: string): Promise<string[]> {
  const rows = await sql<{ seq: string }>('select seq from delivery_changes order by seq');
  return rows.map(({ seq }) => streamCursor(tenantId, Number(seq)));
}
