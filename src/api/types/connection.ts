import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { idBytes, type IdKind } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { Counted, Page, PageRequest } from '../../domain/page';
import { listCursor, readListCursor } from '../cursor';
import { badUserInput } from '../request-errors';
import { CursorScalar } from '../scalars';
import { instanceOf } from './node';

/** Lists as Relay has them (https://relay.dev/graphql/connections.htm), newest first. */

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'So many from the newest end; 50 unless given, at most 250.',
  })
  first?: number | null;

  @Field(() => CursorScalar, { nullable: true, description: 'Only what is older than this.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'So many from the oldest end, at most 250; not with `first`.',
  })
  last?: number | null;

  @Field(() => CursorScalar, { nullable: true, description: 'Only what is newer than this.' })
  before?: string | null;
}

/** Throws BAD_USER_INPUT with what is allowed. */
export function readPageArguments({ first, after, last, before }: PageArguments): PageRequest {
  if (typeof first === 'number' && typeof last === 'number')
    throw badUserInput('Give `first` or `last`, not both.');
  const limit = first ?? last ?? LIMITS.defaultPageSize;
  if (limit < 0 || limit > LIMITS.pageSize) {
    throw badUserInput(`\`first\` and \`last\` are from 0 to ${LIMITS.pageSize}; read on with \`after\`.`);
  }
  return {
    limit,
    fromEnd: typeof last === 'number',
    ...(typeof after === 'string' ? { after: readListCursor(after) } : {}),
    ...(typeof before === 'string' ? { before: readListCursor(before) } : {}),
  };
}

/** What a list costs: each of its items costs what is asked of it. */
export function pageCost({
  args,
  childComplexity,
}: {
  args: Record<string, unknown>;
  childComplexity: number;
}): number {
  const asked = Number(args.first ?? args.last ?? LIMITS.defaultPageSize);
  return 1 + Math.min(Math.max(asked, 1), LIMITS.pageSize) * childComplexity;
}

@ObjectType('PageInfo', { description: 'Where a page lies in its list.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there is more that is older.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is more that is newer.' })
  hasPreviousPage!: boolean;

  @Field(() => CursorScalar, {
    nullable: true,
    description:
      'The cursor with which to go back: of the first item, or of where the search ended; null: the page is empty.',
  })
  startCursor!: string | null;

  @Field(() => CursorScalar, {
    nullable: true,
    description:
      'The cursor with which to go on: of the last item, or of where the search ended; null: the page is empty.',
  })
  endCursor!: string | null;
}

/** What a resolver gives; the count is made only when it is asked for. */
export interface ConnectionSource<T> {
  edges: { cursor: string; node: T }[];
  pageInfo: PageInfoType;
  count: () => Promise<Counted>;
}

export function toConnection<R extends { id: string }, T>(
  kind: IdKind,
  page: Page<R>,
  toNode: (record: R) => T,
  count: () => Promise<number | Counted>,
): ConnectionSource<T> {
  const edges = page.items.map((item) => ({
    cursor: listCursor(idBytes(kind, item.id)),
    node: toNode(item),
  }));
  const pageInfo = instanceOf(PageInfoType, {
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
    startCursor: page.start ? listCursor(page.start) : (edges[0]?.cursor ?? null),
    endCursor: page.end ? listCursor(page.end) : (edges.at(-1)?.cursor ?? null),
  });
  return { edges, pageInfo, count: once(count) };
}

/** Two fields tell of one count. */
function once(count: () => Promise<number | Counted>): () => Promise<Counted> {
  let counted: Promise<Counted> | undefined;
  return () =>
    (counted ??= count().then((result) =>
      typeof result === 'number' ? { count: result, isExact: true } : result,
    ));
}

/** The connection class of a node type, for the schema. */
export function makeConnectionType<T extends object>(Node: ClassType<T>, name: string) {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list.` })
  class Edge {
    @Field(() => CursorScalar, { description: 'Its place in the list.' })
    cursor!: string;

    @Field(() => Node, { description: 'The thing itself.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}, newest first.` })
  class Connection {
    @Field(() => [Edge], { description: 'The items with their cursors.' })
    edges!: Edge[];

    @Field(() => [Node], { description: 'The items alone.' })
    nodes(): T[] {
      return this.edges.map(({ node }) => node);
    }

    @Field(() => PageInfoType, { description: 'Where this page lies.' })
    pageInfo!: PageInfoType;

    count!: () => Promise<Counted>;

    @Field(() => Int, {
      description:
        'How many there are on all pages; counted only when asked for. Of very many, at least so many: see ' +
        '`totalCountIsExact`.',
    })
    async totalCount(): Promise<number> {
      return (await this.count()).count;
    }

    @Field(() => Boolean, {
      description:
        'False when there may be more than `totalCount`: counting ends at 10,000, or at 2,000 looked at where no ' +
        'index has the answer.',
    })
    async totalCountIsExact(): Promise<boolean> {
      return (await this.count()).isExact;
    }
  }
  return Connection;
}
