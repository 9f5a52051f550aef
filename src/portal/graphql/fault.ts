import { graphql } from './graphql';

/** What a mutation found wrong with what it was given. */
export const FAULT = graphql(`
  fragment Fault on UserError {
    field
    code
    message
  }
`);
