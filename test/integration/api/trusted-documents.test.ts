import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { hashOfDocument, readTrustedDocuments } from '../../../src/api/documents/trusted-documents';
import { byKey } from '../../support/delivery-updates';
import {
  OPERATOR_KEY,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

const LISTED = 'query Who { viewer { tenant { slug } } }';
const WRITING = 'mutation Revoke { apiKeyRevoke(id: "x") { userErrors { code } } }';
const OTHER = '{ viewer { isOperator } }';
const ANSWER = { data: { viewer: { tenant: { slug: 'acme' } } } };

let folder: string;
let strict: ApiServer;
let open: ApiServer;
let acme: TestTenant;
let free: TestTenant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documents-'));
  const file = join(folder, 'documents.json');
  await writeFile(
    file,
    JSON.stringify({ [hashOfDocument(LISTED)]: LISTED, [`sha256:${hashOfDocument(WRITING)}`]: WRITING }),
  );
  strict = await startApiServer({}, {}, { trustedDocuments: file, trustedDocumentsOnly: true });
  open = await startApiServer({}, {}, { trustedDocuments: file });
  acme = await makeTenant(strict, 'acme');
  free = await makeTenant(open, 'acme');
});
afterAll(async () => {
  await Promise.all([strict.close(), open.close()]);
  await rm(folder, { recursive: true });
});

const post = async (server: ApiServer, key: string, body: object): Promise<unknown> =>
  (
    await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    })
  ).json();
const get = (server: ApiServer, key: string, parameters: Record<string, string>) =>
  fetch(`${server.url}?${new URLSearchParams(parameters).toString()}`, {
    headers: { authorization: `Bearer ${key}`, 'apollo-require-preflight': 'true' },
  });
const byHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOfDocument(text) } });
const code = (name: string) => ({ errors: [{ extensions: { code: name } }] });

describe('a trusted document', () => {
  it.each<[string, object]>([
    ['its text', { query: LISTED }],
    ['its hash, as Apollo’s clients write it', { extensions: byHash(LISTED) }],
    ['its documentId', { documentId: `sha256:${hashOfDocument(LISTED)}` }],
  ])('is run by %s', async (_what, body) => {
    expect(await post(strict, acme.key, body)).toEqual(ANSWER);
  });

  it('is run by GET, by hash and by documentId; a mutation is not', async () => {
    for (const parameters of [
      { extensions: JSON.stringify(byHash(LISTED)) },
      { documentId: `sha256:${hashOfDocument(LISTED)}` },
    ] as Record<string, string>[])
      expect(await (await get(strict, acme.key, parameters)).json()).toEqual(ANSWER);
    expect((await get(strict, acme.key, { documentId: hashOfDocument(WRITING) })).status).toBe(405);
  });

  it('is run over WebSocket by hash and by documentId; another is not', async () => {
    const socket = new WebSocket(strict.url.replace('http', 'ws'), 'graphql-transport-ws');
    const heard: { id?: string; type: string; payload?: unknown }[] = [];
    socket.on('message', (bytes: Buffer) =>
      heard.push(JSON.parse(bytes.toString()) as (typeof heard)[number]),
    );
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: byKey(acme.key) })),
    );
    await waitUntil(() => heard.length === 1);
    const payloads = {
      hash: { query: '', extensions: byHash(LISTED) },
      id: { query: '', documentId: hashOfDocument(LISTED) },
      other: { query: OTHER },
      unknown: { query: '', documentId: hashOfDocument(OTHER) },
    };
    for (const [id, payload] of Object.entries(payloads))
      socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
    await waitUntil(() => heard.filter(({ type }) => type === 'complete' || type === 'error').length === 4);
    const said = (id: string) => heard.find((message) => message.id === id)?.payload;
    expect([said('hash'), said('id')]).toEqual([ANSWER, ANSWER]);
    expect(said('other')).toMatchObject([{ extensions: { code: 'UNTRUSTED_DOCUMENT' } }]);
    expect(said('unknown')).toMatchObject([{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]);
    socket.close();
  });
});

describe('another document, where only trusted ones are run', () => {
  it('is refused, and cannot be left there for later', async () => {
    expect(await post(strict, acme.key, { query: OTHER })).toMatchObject(code('UNTRUSTED_DOCUMENT'));
    expect(await post(strict, acme.key, { query: OTHER, extensions: byHash(OTHER) })).toMatchObject(
      code('UNTRUSTED_DOCUMENT'),
    );
    expect(await post(strict, acme.key, { extensions: byHash(OTHER) })).toMatchObject(
      code('PERSISTED_QUERY_NOT_FOUND'),
    );
    expect(await post(strict, 'wrn_nobody', { query: OTHER })).toMatchObject(code('UNTRUSTED_DOCUMENT'));
  });

  it('is run for an operator', async () => {
    expect(await post(strict, OPERATOR_KEY, { query: OTHER })).toEqual({
      data: { viewer: { isOperator: true } },
    });
  });
});

describe('another document, elsewhere', () => {
  it('is run, and by its hash once it was sent with it', async () => {
    expect(await post(open, free.key, { extensions: byHash(OTHER) })).toMatchObject(
      code('PERSISTED_QUERY_NOT_FOUND'),
    );
    const answer = { data: { viewer: { isOperator: false } } };
    expect(await post(open, free.key, { query: OTHER, extensions: byHash(OTHER) })).toEqual(answer);
    expect(await post(open, free.key, { extensions: byHash(OTHER) })).toEqual(answer);
    expect(await post(open, free.key, { extensions: byHash(LISTED) })).toEqual(ANSWER);
  });
});

describe('the list of documents', () => {
  it('may be a folder of files', async () => {
    await writeFile(join(folder, 'who.graphql'), LISTED);
    expect(await readTrustedDocuments(folder)).toEqual(new Map([[hashOfDocument(LISTED), LISTED]]));
  });

  it.each([
    ['a document under another’s hash', { [hashOfDocument(OTHER)]: LISTED }],
    ['a document under a name', { who: LISTED }],
    ['what is no document', { [hashOfDocument(LISTED)]: 7 }],
    ['no object', null],
  ])('is refused at the start with %s', async (_what, content) => {
    const file = join(folder, 'bad.json');
    await writeFile(file, JSON.stringify(content));
    await expect(readTrustedDocuments(file)).rejects.toThrow(file);
  });
});
