import type { Database } from '../../../src/store/database';
import { fillLists, type Filled } from './lists-seed';
import { round, startSubject, type Ground, type Subject } from '../setting';
import { openSubjectDatabase } from '../subject-database';

const ENDPOINTS = 21;

/** A warren full of so many deliveries. */
export interface ListsStand {
  subject: Subject;
  database: Database;
  filled: Filled;
  seedSeconds: number;
  stop(): Promise<void>;
}

/** @param settings added to the environment */
export async function startListsStand(
  ground: Ground,
  deliveries: number,
  settings: NodeJS.ProcessEnv = {},
): Promise<ListsStand> {
  const subject = await startSubject(ground, [], settings);
  const { database, close } = await openSubjectDatabase(ground, subject);
  const stop = async (): Promise<void> => {
    await close();
    await subject.stop();
  };
  try {
    const startMs = performance.now();
    const filled = await fillLists(database, { ...(await configureLists(subject)), deliveries });
    const seedSeconds = round((performance.now() - startMs) / 1000);
    ground.report(`${deliveries} deliveries in ${seedSeconds} s`);
    return { subject, database, filled, seedSeconds, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The endpoints that the deliveries are of, on `order.#`. */
export async function configureLists(
  subject: Subject,
): Promise<{ tenantId: string; subscriptionId: string; endpointIds: string[] }> {
  const endpointIds: string[] = [];
  let subscriptionId = '';
  for (let index = 0; index < ENDPOINTS; index++) {
    const { endpointCreate: created } = await subject.ask<{
      endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
    }>(`mutation { endpointCreate(input: { url: "http://127.0.0.1:9/", eventTypes: ["order.#"] }) {
      endpoint { id subscriptions { id } } userErrors { message } } }`);
    endpointIds.push(created.endpoint.id);
    subscriptionId = created.endpoint.subscriptions[0]?.id ?? '';
  }
  const { tenant } = await subject.ask<{ tenant: { id: string } }>('{ tenant(slug: "bench") { id } }');
  return { tenantId: tenant.id, subscriptionId, endpointIds };
}
