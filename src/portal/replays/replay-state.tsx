import { print } from '@0no-co/graphql.web';
import { Button, Progress } from '@mantine/core';
import type { ResultOf } from 'gql.tada';
import { useEffect, useState } from 'react';
import { Faults } from '../parts/states/faults';
import { StatusBadge } from '../parts/values/status-badge';
import { useAction } from '../parts/use-action';
import { useConnection } from '../session/connection';
import { useViewer } from '../session/viewer';
import { CANCEL_REPLAY, PROGRESS, type ReplayItem } from './replay-queries';

type State = ResultOf<typeof PROGRESS>['replayProgress'];

/** How far it is, as it goes on. */
export function ReplayState({ replay }: { replay: ReplayItem }) {
  const { live } = useConnection();
  const { may } = useViewer();
  const [state, setState] = useState<State>(replay);
  const { run, faults, isRunning } = useAction(CANCEL_REPLAY);
  const { id } = replay;
  const isOpen = replay.status === 'RUNNING';
  useEffect(() => {
    if (!isOpen) return undefined;
    return live.subscribe<ResultOf<typeof PROGRESS>>(
      { query: print(PROGRESS), variables: { id } },
      {
        next: ({ data }) => data && setState(data.replayProgress),
        error: () => undefined,
        complete: () => undefined,
      },
    );
  }, [live, id, isOpen]);
  const { status, done, total, skipped, error } = state;
  const share = total === 0 ? 0 : Math.min(100, (done / total) * 100);
  return (
    <div className="replay-state">
      <StatusBadge status={status} />
      {status === 'RUNNING' && <Progress value={share} aria-label="Progress" flex={1} miw={80} />}
      <span className="side">
        {done.toLocaleString()} of {total.toLocaleString()}
        {skipped > 0 ? `, ${skipped.toLocaleString()} skipped` : ''}
        {error === null ? '' : ` · ${error}`}
      </span>
      {status === 'RUNNING' && may('deliveries:write') && (
        <Button
          size="compact-sm"
          variant="default"
          loading={isRunning}
          onClick={() => void run({ id }, ({ replayCancel }) => replayCancel)}
        >
          Cancel
        </Button>
      )}
      <Faults faults={faults} />
    </div>
  );
}
