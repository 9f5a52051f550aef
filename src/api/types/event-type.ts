import { Field, Int, ObjectType } from 'type-graphql';
import type { CatalogEntry, CatalogVersion } from '../../domain/schema/catalog';
import type { BreakingChange } from '../../domain/schema/schema-diff';
import { JsonScalar } from '../scalars';
import { SchemaReaderEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('EventType', {
  implements: NodeType,
  description: 'An entry of the catalog: what is known of the events of one type.',
})
export class CatalogEntryType extends NodeType {
  /** Not in the schema: what the edge starts from. */
  tenantId!: string | null;

  @Field(() => String, {
    description: 'The type of the events: dot-separated segments, such as order.placed.',
  })
  name!: string;

  @Field(() => String, { description: 'What such an event means, for people.' })
  description!: string;

  @Field(() => Boolean, {
    description: 'True: it takes no new subscribers by name. Who has subscribed goes on getting it.',
  })
  archived!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'What a tenant must have been granted to get its events; null: everybody may.',
  })
  requiredScope!: string | null;
}

export const toCatalogEntryType = ({
  id,
  tenantId,
  name,
  description,
  archived,
  requiredScope,
}: CatalogEntry): CatalogEntryType =>
  instanceOf(CatalogEntryType, { id, tenantId, name, description, archived, requiredScope });

@ObjectType('SchemaChange', { description: 'What somebody may break on from one version to the next.' })
export class SchemaChangeType {
  @Field(() => String, { description: 'What kind of change, such as FIELD_REMOVED.' })
  code!: string;

  @Field(() => String, { description: 'Where: data.lines[].sku.' })
  place!: string;

  @Field(() => String, { description: 'What it was and is, as part of a sentence.' })
  detail!: string;

  @Field(() => SchemaReaderEnum, { description: 'Who may break on it.' })
  breaks!: Uppercase<BreakingChange['breaks']>;
}

@ObjectType('EventTypeVersion', { description: 'What the data of an event type looks like, in one version.' })
export class CatalogVersionType {
  /** Not in the schema: what the version before has. Undefined: none, or anything fitted. */
  schemaBefore!: unknown;

  @Field(() => Int, { description: 'Counts from 1, without gaps.' })
  version!: number;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'JSON Schema 2020-12 of the data; an event that does not fit is refused. Null: anything fits.',
  })
  schema!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Data that fits the schema; null: none was given.',
  })
  example!: unknown;

  @Field(() => Boolean, {
    description: 'True: what is published without a version does not take it, if there is another.',
  })
  deprecated!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'JSONata over the data that makes it what the version before has; for subscribers pinned there.',
  })
  downgrade!: string | null;
}

export const toSchemaChangeType = ({ code, place, detail, breaks }: BreakingChange): SchemaChangeType =>
  instanceOf(SchemaChangeType, {
    code,
    place,
    detail,
    breaks: breaks === 'readers' ? 'READERS' : 'PUBLISHERS',
  });

/** @param before the version before it */
export const toCatalogVersionType = (
  { version, schema, example, deprecated, downgrade }: CatalogVersion,
  before: CatalogVersion | undefined,
) =>
  instanceOf(CatalogVersionType, {
    version,
    deprecated,
    downgrade,
    schema: schema ?? null,
    example: example ?? null,
    schemaBefore: before?.schema,
  });
