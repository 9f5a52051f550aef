import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { requireIdentity, requireScope, type RequestContext } from '../context';
import { PortalSessionCreateInput } from '../inputs/tenant-inputs';
import { PortalSessionPayload, answer } from '../types/payloads';

@Resolver()
export class PortalResolver {
  @Mutation(() => PortalSessionPayload, {
    description: 'Opens a short session of a tenant’s portal; needs the scope keys:write.',
  })
  async portalSessionCreate(
    @Arg('input', () => PortalSessionCreateInput, { description: 'The session.' })
    input: PortalSessionCreateInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'keys:write');
    const { actor } = requireIdentity(context);
    return answer(context, context.api.openPortalSession(caller, actor.id, input), (session) => session);
  }
}
