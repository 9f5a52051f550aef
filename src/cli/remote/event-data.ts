import { parseJson } from '../../runtime/json-text';
import { succeeded, type GraphqlCaller, type Refused } from '../call-graphql';
import { readInput } from '../read-input';

/** What is published, and which version of the type it follows; undefined: the newest. */
export interface EventData {
  data: unknown;
  version: number | undefined;
}

/** `--data`: JSON as it stands, or a file with it, or `-` for standard input. */
export async function dataGiven(source: string): Promise<unknown> {
  try {
    return parseJson(source);
  } catch (cause) {
    // Nobody's file begins like this: it is JSON with a fault, which is what has to be told.
    if (/^\s*[{["]/.test(source)) throw noJson('', cause);
  }
  const text = (await readInput(source)).toString('utf8');
  try {
    return parseJson(text);
  } catch (cause) {
    throw noJson(` (in ${source === '-' ? 'standard input' : source})`, cause);
  }
}

const noJson = (where: string, cause: unknown): Error =>
  new Error(`the data is not JSON${where}: ${(cause as Error).message}`, { cause });

interface Version {
  version: number;
  deprecated: boolean;
  example: unknown;
}

/** What the catalog shows of this type: of the version asked for, or of the one that publishing would take. */
export async function exampleOf(
  api: GraphqlCaller,
  type: string,
  version: number | undefined,
): Promise<EventData> {
  const { eventType } = await api.call<{ eventType: { versions: Version[] } | null }>({
    query: `query ($name: String!) { eventType(name: $name) { versions { version deprecated example } } }`,
    variables: { name: type },
  });
  const instead = `give the data with --data '{…}', --data file.json or --data -`;
  if (!eventType) throw new Error(`the catalog has no event type ${type}: ${instead}`);
  const chosen = chooseVersion(eventType.versions, version);
  if (!chosen) throw new Error(`${type} has no version ${version ?? 1}`);
  if (chosen.example === null)
    throw new Error(`version ${chosen.version} of ${type} has no example in the catalog: ${instead}`);
  return { data: chosen.example, version: chosen.version };
}

/** The newest that is not deprecated, or the newest. */
function chooseVersion(versions: readonly Version[], asked: number | undefined): Version | undefined {
  if (asked !== undefined) return versions.find(({ version }) => version === asked);
  return versions.findLast(({ deprecated }) => !deprecated) ?? versions.at(-1);
}

export interface Published {
  eventId: string;
  /** An earlier event had the same idempotency key. */
  duplicate: boolean;
}

export async function publish(api: GraphqlCaller, input: Record<string, unknown>): Promise<Published> {
  const { eventPublish } = await api.call<{
    eventPublish: { eventId: string; duplicate: boolean; userErrors: Refused[] };
  }>({
    query: `mutation ($input: EventPublishInput!) {
      eventPublish(input: $input) { eventId duplicate userErrors { field message } }
    }`,
    variables: { input },
  });
  const { eventId, duplicate } = succeeded(eventPublish);
  return { eventId, duplicate };
}
