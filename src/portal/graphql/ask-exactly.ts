import { headersOf, type Session } from '../session/session';
import { GRAPHQL_PATH } from './client';

/** JSON.rawJSON and the reviver's third argument (https://tc39.es/proposal-json-parse-with-source/). */
interface ExactJson {
  rawJSON?: (text: string) => unknown;
}
type ExactReviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/**
 * An event's data as JSON text with every digit that its producer wrote: JSON.parse alone would round 2^53 and more.
 * @returns undefined when there is no such event
 */
export async function askEventData(session: Session, id: string): Promise<string | undefined> {
  const response = await fetch(GRAPHQL_PATH, {
    method: 'POST',
    credentials: 'omit',
    headers: { ...headersOf(session), 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'query EventData($id: ID!) { event(id: $id) { data } }',
      variables: { id },
    }),
  });
  const answer = JSON.parse(await response.text(), keepDigits as never) as {
    data?: { event?: { data: unknown } | null };
  };
  return answer.data?.event ? JSON.stringify(answer.data.event.data, null, 2) : undefined;
}

const keepDigits: ExactReviver = (_key, value, context) => {
  const { rawJSON } = JSON as ExactJson;
  const source = context?.source;
  const isRounded = typeof value === 'number' && source !== undefined && String(value) !== source;
  return isRounded && rawJSON ? rawJSON(source) : value;
};
