import { useCallback, type ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { Failure } from '../states/failure';
import { RowSkeletons } from '../states/skeletons';
import { usePages, type Page } from './use-pages';
import { VirtualRows } from './virtual-rows';

interface PagedListProps<Node> {
  label: string;
  /** Keep it the same (useCallback) until the list is another one. */
  load: (
    after: string | null,
  ) => Promise<{ page?: Page<Node> | undefined; error?: CombinedError | undefined }>;
  columns: string;
  head: readonly ReactNode[];
  row: (node: Node) => ReactNode;
  empty: ReactNode;
}

/** A long list with its states: loading, failed, empty, full. The last column is at the right. */
export function PagedList<Node extends { id: string }>(props: PagedListProps<Node>) {
  const { label, load, columns, head, row, empty } = props;
  const { nodes, isLoading, error, hasMore, loadMore, reload } = usePages(useCallback(load, [load]));
  if (isLoading) return <RowSkeletons />;
  if (error && nodes.length === 0) return <Failure error={error} onRetry={reload} />;
  return (
    <>
      {error && <Failure error={error} onRetry={loadMore} />}
      <div className="panel">
        {nodes.length === 0 ? (
          empty
        ) : (
          <VirtualRows
            label={label}
            items={nodes}
            row={row}
            columns={columns}
            head={head.map((each, at) => (
              <span key={at} className={at === head.length - 1 ? 'end' : ''}>
                {each}
              </span>
            ))}
            hasMore={hasMore}
            onEnd={loadMore}
          />
        )}
      </div>
    </>
  );
}
