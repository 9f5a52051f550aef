import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { refused } from '../../src/domain/errors';
import { newId, type IdKind } from '../../src/domain/ids';
import { publishEvents } from '../../src/ingest/publish-events';
import {
  TENANT_SCOPES,
  OPERATOR_KEY,
  makeTenant,
  startApiServer,
  type ApiServer,
} from '../support/api-server';
import { operationsOf } from './made-up-operations';
import type { FuzzTarget } from './target';

const KINDS: IdKind[] = ['tenant', 'endpoint', 'event', 'delivery', 'subscription'];
const SCOPES = [...TENANT_SCOPES, 'audit:read', 'catalog:write', 'sources:write'];
const ENDPOINT =
  'mutation { made: endpointCreate(input: { url: "https://a.example/in", eventTypes: ["#"] }) { endpoint { id subscriptions { id } } } }';

/** A whole API over a database, with nothing behind it that sends. */
async function startServer(): Promise<ApiServer> {
  const none = refused('NOT_FOUND', 'There is no such delivery.', ['id']);
  return startApiServer({
    publishEvents: (caller, inputs) =>
      publishEvents(
        {
          maxEventBytes: 4096,
          maxDelayMs: 86_400_000,
          tenantVersions: (refs) =>
            Promise.resolve(
              new Map(
                refs.map((slug) => [
                  slug,
                  { tenantId: newId('tenant'), slug, configVersion: 1, sharedCatalogVersion: 1 },
                ]),
              ),
            ),
          checkEvent: ({ version }) =>
            Promise.resolve({ ok: true, version: version ?? 1, lackedScope: null }),
          claimKeys: (claims) => Promise.resolve(claims.map(({ eventId }) => eventId)),
          eventsOnRecord: () => Promise.resolve(new Set()),
          publish: () => Promise.resolve(),
        },
        caller,
        inputs,
      ),
    retryDelivery: () => Promise.resolve(none),
    cancelDelivery: () => Promise.resolve(none),
    sendTest: () =>
      Promise.resolve({ number: 1, at: new Date(), durationMs: 1, requestHeaders: {}, requestBody: null }),
    downgrade: (event) => Promise.resolve({ ok: true, ...event, isDerived: false }),
    shapeData: ({ event }) => ({ ok: true, data: event.data }),
    checkSample: (_tenantId, { version }) =>
      Promise.resolve({ ok: true, version: version ?? 1, lackedScope: null }),
    renderRequest: () => ({ headers: {}, body: '{}' }),
  });
}

/**
 * Whatever an operation asks for that the schema allows, the answer is data or a refusal that somebody chose: no fault of
 * ours, and nothing in it of how it is made.
 */
export async function graphqlInputs(): Promise<FuzzTarget> {
  const server = await startServer();
  const acme = await makeTenant(server, 'acme', SCOPES);
  const other = await makeTenant(server, 'other', SCOPES);
  const { made } = await acme.client.ask<{
    made: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(ENDPOINT);
  const ids = [
    ...[made.endpoint.id, ...made.endpoint.subscriptions.map(({ id }) => id)],
    ...KINDS.map((kind) => newId(kind)),
  ];
  const schema = buildSchema(readFileSync(join(process.cwd(), 'schema.graphql'), 'utf8'));
  const keys = [acme.key, acme.key, other.key, OPERATOR_KEY];

  const property = fc.asyncProperty(
    operationsOf(schema, ids),
    fc.constantFrom(...keys),
    async (operation, key) => {
      const logged = server.logLines.length;
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify(operation),
      });
      const text = await response.text();
      const cause = server.logLines.slice(logged).join('');
      server.logLines.length = 0;
      assert.ok(response.status < 500, `answers ${response.status}: ${text}\n${cause}`);
      const answer = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] };
      const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.code);
      assert.ok(!codes.includes('INTERNAL_SERVER_ERROR') && !codes.includes(undefined), `${text}\n${cause}`);
      assert.ok(!/node_modules|\bat \w+ \(|ER_[A-Z]+_/.test(text), text);
    },
  );
  return {
    properties: { 'every operation is answered or refused, and none breaks': property },
    close: () => server.close(),
  };
}
