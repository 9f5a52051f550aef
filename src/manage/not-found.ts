import { refused } from '../domain/errors';

/**
 * What does not exist and what belongs to another tenant are told in the same words, which never repeat the id: an
 * answer must not show which of the two it was.
 */
const nothing = (what: string) => (field: string) =>
  refused('NOT_FOUND', `There is no ${what} with this id.`, [field]);

export const noTenant = nothing('tenant');
export const noApiKey = nothing('API key');
export const noEndpoint = nothing('endpoint');
export const noEventType = nothing('event type');
export const noReplay = nothing('replay');
export const noSubscription = nothing('webhook subscription');
export const noSource = nothing('source');
export const noTunnel = nothing('tunnel');
export const noInspector = nothing('inspector');
export const noEvent = nothing('event');
