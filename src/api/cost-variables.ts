import { TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from 'graphql';

/**
 * Whether what a document costs depends on its variables: one of them is an argument of a field whose cost is worked out from
 * its arguments, or of a directive, which may leave fields out.
 */
export function costDependsOnVariables(schema: GraphQLSchema, document: DocumentNode): boolean {
  const typeInfo = new TypeInfo(schema);
  let depends = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      // Where they are declared they are not used.
      VariableDefinition: () => false,
      Variable() {
        const cost = typeInfo.getFieldDef()?.extensions.complexity;
        if (typeInfo.getDirective() || typeof cost === 'function') depends = true;
      },
    }),
  );
  return depends;
}
