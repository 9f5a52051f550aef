import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', { description: 'Whatever has an id of its own, which is unique over all types.' })
export abstract class NodeType {
  @Field(() => ID, {
    description: 'A TypeID: a prefix that names the type, then 26 characters ordered by time.',
  })
  id!: string;
}

/** An instance of an API class with these fields: GraphQL tells the types of a Node apart by class. */
export function instanceOf<T extends object>(Class: new () => T, fields: Pick<T, keyof T>): T {
  return Object.assign(new Class(), fields);
}
