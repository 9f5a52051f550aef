import type { Client } from 'graphql-ws';
import { graphql } from '../graphql/graphql';
import { followFromNewest, type Changed, type Following } from './follow-from-newest';

const NEWEST_CHANGE = graphql(`
  query NewestChange {
    deliveryUpdatedCursor
  }
`);

/** Every change from now on, each once. @returns how to end it */
export const followChanges = <Data extends Changed, Variables>(
  live: Client,
  following: Following<Data, Variables>,
): (() => void) => followFromNewest(live, NEWEST_CHANGE, following);
