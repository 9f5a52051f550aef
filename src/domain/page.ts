/** One page of a list that is kept newest first and read by the ids on its edges. */
export interface PageRequest {
  limit: number;
  /** True for `last`: the oldest end of what `after` and `before` leave. */
  fromEnd: boolean;
  /** The 16 bytes of an id: only what is older. */
  after?: Buffer;
  /** The 16 bytes of an id: only what is newer. */
  before?: Buffer;
}

export interface Page<T> {
  /** Newest first, whichever end was asked for. */
  items: T[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}
