import { Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { RequestContext } from '../context';
import { GUIDE_PATH } from '../http/guide-files';
import { UserErrorType } from '../types/payloads';

@Resolver(() => UserErrorType)
export class UserErrorResolver {
  @FieldResolver(() => String, { description: 'Where the guide says what each code means and what to do.' })
  docs(@Ctx() { api }: RequestContext): string {
    return `${api.settings.publicUrl().replace(/\/+$/, '')}${GUIDE_PATH}/errors.html#user-error-codes`;
  }
}
