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
  /**
   * Where to go on when so many rows were looked at that the page was ended short of what was asked: `end` with `after`,
   * `start` with `before`. Ids, of items that may not be in the list.
   */
  end?: Buffer;
  start?: Buffer;
}

export interface Counted {
  count: number;
  /** False: there are at least so many. */
  isExact: boolean;
}
