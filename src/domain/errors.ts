/** Every code that an outsider can meet, in one place. docs/errors.md is tested to list the same. */

/** Why the broker's side refused a message; the header `reason-code` in `warren.rejected`. */
export const REJECT_CODES = {
  BAD_JSON: 'The body is not JSON that Warren takes. Send valid UTF-8 JSON, at most 64 levels deep.',
  NO_TENANT: 'The message names no tenant. Set the header `tenant` to a slug or a ten_ id.',
  UNKNOWN_TENANT: 'No tenant has that slug or id. Create it first, or mend the header.',
  BAD_TYPE:
    'The routing key is not an event type, or a reserved one (`warren.`), or differs from the CloudEvents `type`.',
  UNKNOWN_TYPE:
    'The catalog is strict and has no such event type, or the type has no such version. Register it first.',
  SCHEMA_MISMATCH:
    'The data does not fit the schema of its event type; the reason names each place by its JSON Pointer.',
  TOO_LARGE: 'The body is larger than WARREN_MAX_EVENT_BYTES.',
  NOT_ALLOWED:
    'The broker’s user may not publish for this tenant, or the message does not say whose it is; see WARREN_PRODUCERS.',
  BAD_ENVELOPE: 'A header or CloudEvents attribute is missing or malformed.',
} as const;
export type RejectCode = keyof typeof REJECT_CODES;

/** Codes of `userErrors`: what the caller can mend; nothing was written. */
export const USER_ERROR_CODES = {
  INVALID: 'The value cannot be used; the message says what is allowed.',
  REQUIRED: 'A value is missing.',
  NOT_FOUND: 'There is no such thing, or it is not yours.',
  TAKEN: 'Somebody else has that name already.',
  TOO_LONG: 'The value is longer than allowed.',
  BLOCKED_ADDRESS: 'The URL points where Warren does not send: private, local or reserved networks.',
  CONFLICT: 'The thing is not in a state that allows this.',
  LIMIT: 'A limit of this deployment would be exceeded.',
} as const;
export type UserErrorCode = keyof typeof USER_ERROR_CODES;

export interface UserError {
  /** Path into the mutation's arguments, or null when the fault is in no single field. */
  field: string[] | null;
  code: UserErrorCode;
  message: string;
}

/** The result of a use case: done, or what the caller can mend. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; userErrors: UserError[] };

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const refused = (
  code: UserErrorCode,
  message: string,
  field: string[] | null = null,
): Outcome<never> => ({
  ok: false,
  userErrors: [{ field, code, message }],
});

/** What a provider is answered whose webhook was not taken, in the member `code`. */
export const SOURCE_ERROR_CODES = {
  UNVERIFIED:
    'No source at this address takes a request signed like this: the address, the provider or the secret is wrong.',
  TOO_OLD: 'The signature is right and its time is more than five minutes from now.',
  DISABLED: 'The source is switched off.',
  UNREADABLE: 'The request is signed and has no event that can be read.',
  TOO_LARGE: 'The body is larger than events may be here.',
  METHOD_NOT_ALLOWED: 'Webhooks are sent with POST.',
  RATE_LIMITED: 'Too many requests; try again later.',
  UNAVAILABLE: 'The broker or the database cannot be had right now; nothing was accepted. Send it again.',
} as const;
export type SourceErrorCode = keyof typeof SOURCE_ERROR_CODES;

/** Codes of GraphQL `errors`: what the caller may not do, or a malformed document. */
export const REQUEST_ERROR_CODES = {
  UNAUTHENTICATED:
    'No valid API key or token came with the request. Send `Authorization: Bearer <api key or JWT>`.',
  FORBIDDEN: 'The key lacks a scope that this needs; the message names it.',
  RATE_LIMITED: 'Too many requests; try again later.',
  QUERY_TOO_COMPLEX:
    'The document is too deep, too large or too costly. Ask for fewer fields or smaller pages.',
  UNTRUSTED_DOCUMENT: 'This deployment runs only documents that its operator has listed.',
  PERSISTED_QUERY_NOT_FOUND: 'No document with this hash is known here. Send the document itself.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  BAD_USER_INPUT: 'A variable or argument has the wrong type or an impossible value.',
  SERVICE_UNAVAILABLE:
    'The broker, the database or the issuer of tokens cannot be had right now; nothing was accepted. Try again.',
  INTERNAL_SERVER_ERROR: 'Something broke on our side; the log has the request id.',
} as const;
export type RequestErrorCode = keyof typeof REQUEST_ERROR_CODES;
