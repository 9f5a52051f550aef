import '../styles/lists.css';
import { Button } from '@mantine/core';
import { useCallback, useEffect } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { Failure } from '../parts/states/failure';
import { PageHeader } from '../parts/page-header';
import { RowSkeletons } from '../parts/states/skeletons';
import { usePages, type LoadPage } from '../parts/lists/use-pages';
import { VirtualRows } from '../parts/lists/virtual-rows';
import { useChanges } from '../live/use-changes';
import { DeliveryFilters } from './delivery-filters';
import { DELIVERIES } from './delivery-query';
import { DELIVERY_COLUMNS, DeliveryHead, DeliveryRow, type DeliveryItem } from './delivery-row';
import { useAskedFilter, useFilters } from './use-filters';

export default function DeliveriesPage() {
  const { filters, change } = useFilters();
  const filter = useAskedFilter(filters);
  const client = useClient();
  const load = useCallback<LoadPage<DeliveryItem>>(
    async (after) => {
      const { data, error } = await client
        .query(DELIVERIES, { filter, after }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.deliveries, error };
    },
    [client, filter],
  );
  const { nodes, isLoading, error, hasMore, loadMore, reload, patch } = usePages(load);
  const { changed, unseen, forget } = useChanges(nodes, () => {
    // Who has scrolled down is left there.
    if (window.scrollY < window.innerHeight) reload();
  });
  useEffect(() => {
    if (changed.size === 0) return;
    // What has not changed stays the same object: of a long list, a few rows are drawn again.
    patch((items) =>
      items.map((item) => {
        const change = changed.get(item.id);
        return change ? { ...item, ...change } : item;
      }),
    );
  }, [changed, patch]);

  function showNew(): void {
    forget();
    reload();
    window.scrollTo({ top: 0 });
  }

  const isFiltered = Object.values(filters).some((value) => value !== '');
  return (
    <>
      <PageHeader title="Deliveries" about="Every event on its way to every endpoint that asked for it.">
        <Button variant="default" onClick={showNew}>
          {unseen > 0 ? `Show ${unseen > 99 ? '99+' : unseen} new` : 'Refresh'}
        </Button>
      </PageHeader>
      <DeliveryFilters filters={filters} onChange={change} />
      {error && <Failure error={error} onRetry={reload} />}
      {isLoading ? (
        <RowSkeletons />
      ) : nodes.length > 0 ? (
        <div className="panel">
          <VirtualRows
            label="Deliveries"
            items={nodes}
            row={(delivery) => <DeliveryRow delivery={delivery} />}
            columns={DELIVERY_COLUMNS}
            head={<DeliveryHead />}
            hasMore={hasMore}
            onEnd={loadMore}
          />
        </div>
      ) : (
        !error && (
          <div className="panel">
            <EmptyState
              icon="send"
              title={isFiltered ? 'No delivery fits these filters' : 'No deliveries yet'}
            >
              {isFiltered ? (
                'Take a filter away, or look at a longer time.'
              ) : (
                <>
                  As soon as an event comes that an endpoint asked for, it is here.{' '}
                  <Link to="/">The overview</Link> leads to the first one.
                </>
              )}
            </EmptyState>
          </div>
        )
      )}
    </>
  );
}
