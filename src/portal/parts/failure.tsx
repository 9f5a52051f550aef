import { Button } from '@mantine/core';
import type { CombinedError } from 'urql';
import { sentenceOf } from '../graphql/client';
import { Notice } from './notice';

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
