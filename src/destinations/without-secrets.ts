import type { Answer } from '../domain/delivery/outcome';

const HIDDEN = '[redacted]';
/** What is shorter is no secret, and would be found everywhere. */
const MIN_LENGTH = 6;

/** What another side said, without what it was sent to prove who is asking. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  hide(text, secrets.flatMap(spellingsOf));

const hide = (text: string, spellings: readonly string[]): string =>
  spellings.reduce((rest, spelling) => rest.replaceAll(spelling, HIDDEN), text);

/** As it was sent; as JSON has it, with slashes and what is beyond ASCII escaped or not; and as bytes are read one by one. */
function spellingsOf(secret: string): string[] {
  if (secret.length < MIN_LENGTH) return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const inJson = [json, escaped(json)].flatMap((text) => [text, text.replaceAll('/', '\\/')]);
  return [...new Set([secret, ...inJson].flatMap((text) => [text, Buffer.from(text).toString('latin1')]))];
}

const escaped = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The answer once it is there, as it may go on record. */
export const concealing = (secrets: readonly string[], answer: Promise<Answer>): Promise<Answer> =>
  secrets.length === 0 ? answer : answer.then((there) => concealed(there, secrets));

/** An answer as it may go on record: some receivers send back what they were sent, headers and all. */
export function concealed(answer: Answer, secrets: readonly string[]): Answer {
  const { response } = answer;
  if (!response || secrets.length === 0) return answer;
  const { body, headers } = response;
  const spellings = secrets.flatMap(spellingsOf);
  const isInBody = spellings.some((spelling) => body.includes(spelling, 'latin1'));
  const hidden = Object.entries(headers).map(([name, value]) => [name, hide(value, spellings)]);
  return {
    ...answer,
    response: {
      ...response,
      headers: Object.fromEntries(hidden) as Record<string, string>,
      // Byte for byte, since an answer may be anything.
      body: isInBody ? Buffer.from(hide(body.toString('latin1'), spellings), 'latin1') : body,
    },
  };
}
