/** Changes of several tenants that are told together, and a time before which nothing was committed that is not told by then. */
export interface Round {
  number: number;
  atMs: number;
}

/** A place in the changes of all tenants: behind a whole round, or within one behind a change of one tenant. */
export interface RoundPlace {
  round: Round;
  within?: { tenantId: string; seq: number };
}
