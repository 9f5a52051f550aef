import { useCallback, useEffect, useRef, useState } from 'react';
import type { CombinedError } from 'urql';

export interface Page<Node> {
  nodes: Node[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

export type LoadPage<Node> = (
  after: string | null,
) => Promise<{ page?: Page<Node> | undefined; error?: CombinedError | undefined }>;

interface Pages<Node> {
  nodes: Node[];
  hasMore: boolean;
  isLoading: boolean;
  error: CombinedError | undefined;
}

const NOTHING = { nodes: [], hasMore: false, isLoading: true, error: undefined };

/**
 * A long list, page by page, by keyset: what is loaded stays, and the next page begins after the last item's cursor.
 * @param load keep it the same (useCallback) until the list is another one
 */
export function usePages<Node>(load: LoadPage<Node>) {
  const [pages, setPages] = useState<Pages<Node>>(NOTHING);
  const cursor = useRef<string | null>(null);
  /** Answers of an earlier list or of a page that was asked for twice count for nothing. */
  const turn = useRef(0);
  const isBusy = useRef(false);

  const fetchPage = useCallback(
    async (isFirst: boolean): Promise<void> => {
      if (isBusy.current && !isFirst) return;
      const mine = ++turn.current;
      isBusy.current = true;
      let answer = await load(isFirst ? null : cursor.current);
      // Pages may be empty where what is looked for is rare: the search goes on from their end.
      while (mine === turn.current && answer.page?.nodes.length === 0 && answer.page.pageInfo.hasNextPage)
        answer = await load(answer.page.pageInfo.endCursor);
      if (mine !== turn.current) return;
      const { page, error } = answer;
      isBusy.current = false;
      if (page) cursor.current = page.pageInfo.endCursor;
      setPages((known) => ({
        nodes: page ? [...(isFirst ? [] : known.nodes), ...page.nodes] : known.nodes,
        hasMore: page ? page.pageInfo.hasNextPage : known.hasMore,
        isLoading: false,
        error,
      }));
    },
    [load],
  );

  useEffect(() => {
    setPages(NOTHING);
    void fetchPage(true);
    const turns = turn;
    return () => {
      turns.current++;
    };
  }, [fetchPage]);

  return {
    ...pages,
    loadMore: useCallback(() => void fetchPage(false), [fetchPage]),
    reload: useCallback(() => void fetchPage(true), [fetchPage]),
    /** Changes what is loaded, such as an item that became another. */
    patch: useCallback(
      (change: (nodes: Node[]) => Node[]) => setPages((known) => ({ ...known, nodes: change(known.nodes) })),
      [],
    ),
  };
}
