import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { EmptyState } from './empty-state';

export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <EmptyState icon="search" title={`There is no such ${what}`}>
      It may have been deleted, or it belongs to somebody else.{' '}
      <Anchor component={Link} to="/">
        To the overview
      </Anchor>
    </EmptyState>
  );
}
