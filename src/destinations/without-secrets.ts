import type { Answer } from '../domain/delivery/outcome';

const HIDDEN = '[redacted]';
/** What is shorter is no secret, and would be found everywhere. */
const MIN_LENGTH = 6;

/** What another side said, without what it was sent to prove who is asking. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter(({ length }) => length >= MIN_LENGTH)
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);

/** The answer once it is there, as it may go on record. */
export const concealing = (secrets: readonly string[], answer: Promise<Answer>): Promise<Answer> =>
  secrets.length === 0 ? answer : answer.then((there) => concealed(there, secrets));

/** An answer as it may go on record: some receivers send back what they were sent, headers and all. */
export function concealed(answer: Answer, secrets: readonly string[]): Answer {
  const { response } = answer;
  if (!response || secrets.length === 0) return answer;
  const { body, headers } = response;
  const isInBody = secrets.some((secret) => body.includes(secret));
  const hidden = Object.entries(headers).map(([name, value]) => [name, withoutSecrets(value, secrets)]);
  return {
    ...answer,
    response: {
      ...response,
      headers: Object.fromEntries(hidden) as Record<string, string>,
      // Byte for byte, since an answer may be anything.
      body: isInBody ? Buffer.from(withoutSecrets(body.toString('latin1'), secrets), 'latin1') : body,
    },
  };
}
