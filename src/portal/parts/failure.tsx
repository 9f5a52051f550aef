import { Alert, Button, Group } from '@mantine/core';
import type { CombinedError } from 'urql';
import { sentenceOf } from '../graphql/client';
import { Icon } from './icon';

/** A query that failed, and the way to try again. */
export function Failure({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  return (
    <Alert role="alert" color="red" variant="light" icon={<Icon name="alert" />} title="That did not work" my="md">
      <Group justify="space-between" gap="sm">
        <span>{sentenceOf(error)}</span>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
