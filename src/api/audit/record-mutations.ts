import { GraphQLError, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { NewAuditEntry } from '../../domain/audit';
import { newId } from '../../domain/ids';
import type { RequestContext } from '../context';
import { describeChange } from './describe-change';

/** Events and attempts have a record of their own; one entry for each would bury all others. */
const NOT_AUDITED: ReadonlySet<string> = new Set(['eventPublish', 'eventsPublish', 'tunnelAnswer']);

/**
 * Every mutation of the schema leaves an entry in the audit log: here, in one place, so that a new one cannot forget to.
 * The entry is written after the change, which has been committed by then, and before the answer.
 */
export function recordMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve && !NOT_AUDITED.has(name)) field.resolve = recorded(name, resolve as Resolve);
  }
  return schema;
}

type Arguments = Record<string, unknown>;
type Resolve = GraphQLFieldResolver<unknown, RequestContext, Arguments>;

const recorded =
  (action: string, resolve: Resolve): Resolve =>
  async (source, args, context, info) => {
    let answer: unknown;
    try {
      answer = await resolve(source, args, context, info);
    } catch (error) {
      // What is thrown at the caller was refused before anything was done; all else broke midway.
      if (!(error instanceof GraphQLError))
        await record(context, { action, ...describeChange(args), ok: false });
      throw error;
    }
    const { userErrors } = answer as { userErrors?: unknown[] };
    if (!userErrors?.length) await record(context, { action, ...describeChange(args, answer), ok: true });
    return answer;
  };

type Change = Pick<NewAuditEntry, 'action' | 'tenantId' | 'objectId' | 'fields' | 'ok'>;

async function record({ api, authentication, origin }: RequestContext, change: Change): Promise<void> {
  if (!authentication.ok) return;
  const { actor, caller } = authentication;
  const tenantId = change.tenantId ?? caller.tenantId;
  await api.recordChange({ id: newId('auditEntry'), ...origin, ...change, tenantId, actor });
}
