import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { isScope, type Caller } from '../domain/scopes';
import type { ApiKey, TenantScope } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { hashApiKey, newApiKeyText, shownPart } from './api-key-text';
import { checkKeyScopes, checkName, fault, tidy } from './checks/field-checks';
import { noApiKey, noTenant } from './not-found';
import type { ApiKeyRecords, TenantRecords } from './records';

export interface NewApiKeyInput {
  tenantId?: string | null | undefined;
  name: string;
  scopes: string[];
  expiresAt?: Date | null | undefined;
}

export interface ApiKeyNeeds {
  tenants: TenantRecords;
  apiKeys: ApiKeyRecords;
  announce: (message: ControlMessage) => void;
}

const MAX_KEYS_PER_TENANT = 1000;

export type ApiKeyUseCases = ReturnType<typeof makeApiKeys>;

export function makeApiKeys({ tenants, apiKeys, announce }: ApiKeyNeeds) {
  return {
    /** The plain key is in the answer and nowhere else. */
    async create(
      caller: Caller,
      input: NewApiKeyInput,
    ): Promise<Outcome<{ apiKey: ApiKey; plainKey: string }>> {
      const { expiresAt = null } = input;
      const at = new Date();
      const userErrors = [...checkName(input.name), ...checkKeyScopes(input.scopes, caller.scopes)];
      if (expiresAt && expiresAt <= at)
        userErrors.push(fault('INVALID', 'expiresAt must be in the future', 'expiresAt'));
      if (userErrors.length > 0) return { ok: false, userErrors };
      const tenantId = input.tenantId ?? caller.tenantId;
      if (tenantId !== null) {
        const isThere = decodeId('tenant', tenantId) && (await tenants.find(caller.tenantId, tenantId));
        if (!isThere) return noTenant('tenantId');
      }
      if ((await apiKeys.countOf(tenantId)) >= MAX_KEYS_PER_TENANT) {
        return refused('LIMIT', `There are ${MAX_KEYS_PER_TENANT} keys already; revoke some.`);
      }
      const plainKey = newApiKeyText();
      const scopes = [...new Set(input.scopes)].filter(isScope);
      const prefix = shownPart(plainKey);
      const key = { tenantId, name: tidy(input.name), scopes, prefix, expiresAt, hash: hashApiKey(plainKey) };
      return done({ apiKey: await apiKeys.create(key, at), plainKey });
    },

    async revoke(scope: TenantScope, id: string): Promise<Outcome<string>> {
      const isRevoked = decodeId('apiKey', id) && (await apiKeys.revoke(scope, id, new Date()));
      if (!isRevoked) return noApiKey('id');
      announce({ kind: 'key-revoked', keyId: id });
      return done(id);
    },
  };
}
