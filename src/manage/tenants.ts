import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import type { Tenant, TenantScope } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { checkGrants, checkName, checkNetworks, checkSlug, tidy } from './checks/field-checks';
import { noTenant } from './not-found';
import type { TenantRecords } from './records';

export interface NewTenantInput {
  slug: string;
  name: string;
  scopes?: string[] | null | undefined;
  allowedNetworks?: string[] | null | undefined;
}

/** What is left out stays; null sets the default again. */
export interface TenantChangeInput {
  id: string;
  name?: string | null | undefined;
  scopes?: string[] | null | undefined;
  allowedNetworks?: string[] | null | undefined;
}

export interface TenantNeeds {
  tenants: TenantRecords;
  announce: (message: ControlMessage) => void;
}

export type TenantUseCases = ReturnType<typeof makeTenants>;

export function makeTenants({ tenants, announce }: TenantNeeds) {
  return {
    async create(input: NewTenantInput): Promise<Outcome<Tenant>> {
      const scopes = input.scopes ?? [];
      const allowedNetworks = input.allowedNetworks ?? [];
      const userErrors = [
        ...checkSlug(input.slug),
        ...checkName(input.name),
        ...checkGrants(scopes),
        ...checkNetworks(allowedNetworks),
      ];
      if (userErrors.length > 0) return { ok: false, userErrors };
      const fresh = { slug: input.slug, name: tidy(input.name), scopes, allowedNetworks };
      const tenant = await tenants.create(fresh, new Date());
      return tenant ? done(tenant) : refused('TAKEN', 'This slug is taken; choose another.', ['slug']);
    },

    async update(scope: TenantScope, input: TenantChangeInput): Promise<Outcome<Tenant>> {
      const before = decodeId('tenant', input.id) ? await tenants.find(scope, input.id) : undefined;
      if (!before) return noTenant('id');
      const name = input.name === undefined ? before.name : (input.name ?? before.slug);
      const scopes = input.scopes === undefined ? before.scopes : (input.scopes ?? []);
      const allowedNetworks =
        input.allowedNetworks === undefined ? before.allowedNetworks : (input.allowedNetworks ?? []);
      const userErrors = [...checkName(name), ...checkGrants(scopes), ...checkNetworks(allowedNetworks)];
      if (userErrors.length > 0) return { ok: false, userErrors };
      const after = { name: tidy(name), scopes, allowedNetworks };
      const changed = await tenants.update(scope, input.id, after, new Date());
      if (!changed?.value) return noTenant('id');
      announce({ kind: 'config', tenantId: input.id, version: changed.version });
      return done(changed.value);
    },

    async remove(scope: TenantScope, id: string): Promise<Outcome<string>> {
      const removed = decodeId('tenant', id) ? await tenants.remove(scope, id, new Date()) : undefined;
      if (!removed) return noTenant('id');
      announce({ kind: 'config', tenantId: id, version: removed.version });
      for (const keyId of removed.revokedKeyIds) announce({ kind: 'key-revoked', keyId });
      return done(id);
    },
  };
}
