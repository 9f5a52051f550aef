import { z } from 'zod';

/** Forms that credentials have. No message of theirs quotes what was given. */

const MAX_LENGTH = 4096;
// eslint-disable-next-line no-control-regex -- what no credential has is what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

const text = (): z.ZodString =>
  z
    .string({ error: 'text is needed here' })
    .min(1, 'this must not be empty')
    .max(MAX_LENGTH, `at most ${MAX_LENGTH} characters`)
    .refine((value) => !CONTROL.test(value), 'this must not have control characters');

export const basicCredentials = z.strictObject({
  type: z.literal('basic'),
  // RFC 7617 section 2: the first colon ends the name.
  username: text().refine((value) => !value.includes(':'), 'a user name has no colon'),
  password: text(),
});
export type BasicCredentials = z.infer<typeof basicCredentials>;

export const bearerCredentials = z.strictObject({
  type: z.literal('bearer'),
  token: text().regex(/^[\x21-\x7e]+$/, 'a token has printable ASCII characters, and no space'),
});
export type BearerCredentials = z.infer<typeof bearerCredentials>;

/** RFC 6749 section 4.4. */
export const clientCredentials = z.strictObject({
  type: z.literal('oauth2'),
  tokenUrl: text().max(2048, 'at most 2048 characters'),
  clientId: text(),
  clientSecret: text(),
  scope: text().optional(),
  audience: text().optional(),
  /** How the client proves itself at the token URL: in the header, as RFC 6749 prefers, or in the body. */
  clientAuthentication: z.enum(['basic', 'body'], { error: 'basic or body' }).default('basic'),
});
export type ClientCredentials = z.infer<typeof clientCredentials>;

/** A choice by `type` that names the choices. */
export function oneOf<
  Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(names: string, options: Options) {
  const error = `credentials are an object whose type is ${names}`;
  return z.discriminatedUnion('type', options, { error });
}
