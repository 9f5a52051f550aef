import { Button } from '@mantine/core';
import type { CombinedError } from 'urql';
import { sentenceOf } from '../../graphql/client';
import { Notice } from './notice';
import { PageHeader } from '../page-header';

/** A query that failed, and the way to try again. */
export function Failure({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  return (
    <div className="block">
      <Notice role="alert" title="That did not work">
        <p>{sentenceOf(error)}</p>
        {onRetry && (
          <Button size="xs" variant="default" mt={6} onClick={onRetry}>
            Try again
          </Button>
        )}
      </Notice>
    </div>
  );
}

/** In place of a page: it has a heading like any other. */
export function PageFailure(props: { error: CombinedError; onRetry: () => void }) {
  return (
    <>
      <PageHeader title="This page cannot be shown" />
      <Failure {...props} />
    </>
  );
}
