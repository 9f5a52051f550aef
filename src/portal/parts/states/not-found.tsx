import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { EmptyState } from './empty-state';
import { PageHeader } from '../page-header';

export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <>
      <PageHeader title={`There is no such ${what}`} />
      <div className="panel">
        <EmptyState icon="search" title="It may have been deleted, or it belongs to somebody else">
          <Anchor component={Link} to="/">
            To the overview
          </Anchor>
        </EmptyState>
      </div>
    </>
  );
}
