import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { useCallback, useState } from 'react';
import { useClient } from 'urql';
import { EmptyState } from '../parts/states/empty-state';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { When } from '../parts/values/when';
import { NewReplay } from './new-replay';
import { REPLAYS, type ReplayItem } from './replay-queries';
import { ReplayState } from './replay-state';

export default function ReplayPage() {
  const client = useClient();
  // Another number loads the list anew.
  const [turn, setTurn] = useState(0);
  const load = useCallback(
    async (after: string | null) => {
      const { data, error } = await client
        .query(REPLAYS, { after, turn } as { after: string | null }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.replays, error };
    },
    [client, turn],
  );
  return (
    <>
      <PageHeader
        title="Replay"
        about="Send many deliveries again, in the background and behind what is new."
      />
      <div className="column">
        <NewReplay onStarted={() => setTurn((before) => before + 1)} />
        <PagedList
          label="Replays"
          load={load}
          columns="minmax(0, 1.2fr) minmax(0, 1.6fr) 76px"
          head={['What', 'Progress', 'Asked for']}
          row={(replay) => (
            <div className="row">
              <span className="at-first">{selectionWords(replay)}</span>
              <span className="at-third">
                <ReplayState replay={replay} />
              </span>
              <span className="side end at-status">
                <When at={replay.createdAt} />
              </span>
            </div>
          )}
          empty={
            <EmptyState icon="replay" title="No replay yet">
              After an outage, choose what to send again. Each delivery keeps its webhook-id, so that
              receivers know it again.
            </EmptyState>
          }
        />
      </div>
    </>
  );
}

function selectionWords({ selection }: ReplayItem): string {
  const { status, types, since, endpointId } = selection;
  const what = status ? status.map((each) => each.toLowerCase().replace('_', '-')).join(', ') : 'all';
  const since_ = since === null ? '' : ` since ${new Date(since).toLocaleString()}`;
  return `${what}${types ? ` of ${types.join(', ')}` : ''}${endpointId === null ? '' : ' to one endpoint'}${since_}`;
}
