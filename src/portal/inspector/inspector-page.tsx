import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useLocation } from 'wouter';
import { NewEndpoint } from '../endpoints/new-endpoint';
import { EmptyState } from '../parts/states/empty-state';
import { Failure } from '../parts/states/failure';
import { Faults } from '../parts/states/faults';
import { Mono } from '../parts/values/mono';
import { NotFound } from '../parts/states/not-found';
import { PageHeader } from '../parts/page-header';
import { Panel } from '../parts/panel';
import { PageSkeleton } from '../parts/states/skeletons';
import { useAction } from '../parts/use-action';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { AnswerForm } from './answer-form';
import { DELETE_INSPECTOR, INSPECTOR } from './inspector-queries';
import { RequestList } from './request-list';
import { RequestPanel } from './request-panel';
import { useRequests } from './use-requests';

export default function InspectorPage({ id = '' }: { id?: string }) {
  const { may } = useViewer();
  const [{ data, error }, ask] = useQuery({ query: INSPECTOR, variables: { id } });
  const requests = useRequests(id);
  const [chosenId, setChosenId] = useState<string | null>(null);
  if (error && !data) return <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!data) return <PageSkeleton />;
  const { inspector } = data;
  if (!inspector) return <NotFound what="inspector" />;
  const chosen = requests.find((request) => request.id === chosenId) ?? requests[0];
  return (
    <>
      <PageHeader
        title={inspector.name}
        back={{ to: '/inspector', label: 'Inspectors' }}
        about={
          <span className="title-line">
            <Mono text={inspector.url} copy="address" />
            <span className="side">
              ends <When at={inspector.expiresAt} />
            </span>
          </span>
        }
      >
        <NewEndpoint url={inspector.url} onMade={() => undefined} />
        {may('endpoints:write') && <Delete id={id} />}
      </PageHeader>
      <div className="two-columns">
        <div className="column">
          <Panel title="Requests" flush>
            {requests.length === 0 ? (
              <EmptyState icon="inbox" title="Nothing yet">
                What is sent to the address above appears here at once.
              </EmptyState>
            ) : (
              <RequestList requests={requests} chosenId={chosen?.id} onChoose={setChosenId} />
            )}
          </Panel>
          {may('endpoints:write') && <AnswerForm inspector={inspector} />}
        </div>
        <div className="column">{chosen && <RequestPanel key={chosen.id} request={chosen} />}</div>
      </div>
    </>
  );
}

function Delete({ id }: { id: string }) {
  const [, go] = useLocation();
  const { run, faults, isRunning } = useAction(DELETE_INSPECTOR, ['InspectorConnection']);

  async function remove(): Promise<void> {
    if (await run({ id }, ({ inspectorDelete }) => inspectorDelete)) go('/inspector');
  }

  return (
    <>
      <Button variant="default" loading={isRunning} onClick={() => void remove()}>
        Delete
      </Button>
      <Faults faults={faults} />
    </>
  );
}
