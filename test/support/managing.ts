import type { ApiServer, TestTenant } from './api-server';

/** What the tests of managing read of answers. */
export interface UserError {
  field: string[] | null;
  code: string;
  message: string;
}

export interface Endpoint {
  id: string;
  name: string;
  url: string;
  secret: string | null;
  publicKey: string | null;
  headers: Record<string, string>;
  retrySchedule: number[];
  timeoutMs: number;
  payloadFormat: string;
  description: string;
  subscriptions: { id: string; eventTypes: string[]; enabled: boolean }[];
}

export interface Answer<Name extends string, T> {
  answer: { userErrors: UserError[] } & Partial<Record<Name, T | null>>;
}

const FAULTS = 'userErrors { field code message }';
const ENDPOINT = `endpoint { id name url secret publicKey headers retrySchedule timeoutMs payloadFormat description
  subscriptions { id eventTypes enabled } } ${FAULTS}`;
export const CREATE = `mutation ($input: EndpointCreateInput!) { answer: endpointCreate(input: $input) { ${ENDPOINT} } }`;
export const UPDATE = `mutation ($input: EndpointUpdateInput!) { answer: endpointUpdate(input: $input) { ${ENDPOINT} } }`;
export const ROTATE = `mutation ($input: EndpointSecretRotateInput!) {
  answer: endpointSecretRotate(input: $input) { ${ENDPOINT} } }`;

/** Makes an endpoint of a tenant; fails with what was refused. */
export async function createEndpoint({ client }: TestTenant, input: object = {}): Promise<Endpoint> {
  const variables = { input: { url: 'https://a.example/in', ...input } };
  const { answer } = await client.ask<Answer<'endpoint', Endpoint>>(CREATE, variables);
  if (!answer.endpoint) throw new Error(`no endpoint was made: ${JSON.stringify(answer.userErrors)}`);
  return answer.endpoint;
}

/** The userErrors of a mutation that takes one input. */
export async function faultsOf(
  { client }: TestTenant,
  document: string,
  input: object,
): Promise<UserError[]> {
  return (await client.ask<Answer<'endpoint', Endpoint>>(document, { input })).answer.userErrors;
}

export async function configVersionOf(server: ApiServer, slug: string): Promise<number> {
  const [row] = await server.database.dataSource.query<{ config_version: string }[]>(
    'select config_version from tenants where slug = ?',
    [slug],
  );
  return Number(row?.config_version);
}
