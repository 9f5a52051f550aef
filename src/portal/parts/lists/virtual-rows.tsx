import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, type CSSProperties, type ReactNode } from 'react';

export interface VirtualRowsProps<Item> {
  label: string;
  items: readonly Item[];
  row: (item: Item) => ReactNode;
  /** CSS grid columns, where there is room for columns. */
  columns: string;
  head: ReactNode;
  hasMore?: boolean;
  onEnd?: () => void;
}

const ROW_HEIGHT = 53;
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;

/** A list of any length that scrolls with the page: only the rows in sight are in the document. */
export function VirtualRows<Item extends { id: string }>(props: VirtualRowsProps<Item>) {
  const { items, row, columns, head, label, hasMore = false, onEnd } = props;
  const list = useRef<HTMLDivElement>(null);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: list.current?.offsetTop ?? 0,
    // The same function until the items are others: another one has every row of the list laid out anew.
    getItemKey: useCallback((at: number) => items[at]?.id ?? at, [items]),
  });
  const shown = virtualizer.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= items.length - AHEAD) onEnd?.();
  }, [hasMore, last, items.length, onEnd]);
  return (
    <div style={{ '--columns': columns } as CSSProperties}>
      <div className="row-head" aria-hidden>
        {head}
      </div>
      <div
        ref={list}
        className="rows"
        role="list"
        aria-label={label}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {shown.map(({ index, key, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <div
              key={key}
              role="listitem"
              data-index={index}
              ref={virtualizer.measureElement}
              className="virtual-row"
              style={{ transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
            >
              {row(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
