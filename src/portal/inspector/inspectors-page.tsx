import '../styles/lists.css';
import '../styles/delivery.css';
import { Button } from '@mantine/core';
import { useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { Failure } from '../parts/states/failure';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { PageHeader } from '../parts/page-header';
import { RowSkeletons } from '../parts/states/skeletons';
import { useAction } from '../parts/use-action';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { CREATE_INSPECTOR, INSPECTORS } from './inspector-queries';

export default function InspectorsPage() {
  const { tenant, may, hasInspectors } = useViewer();
  const [, go] = useLocation();
  const [{ data, error }, ask] = useQuery({ query: INSPECTORS });
  const { run, faults, isRunning } = useAction(CREATE_INSPECTOR, ['InspectorConnection']);

  async function create(): Promise<void> {
    const made = await run(
      { input: tenant ? { tenantId: tenant.id } : {} },
      ({ inspectorCreate }) => inspectorCreate,
    );
    if (made?.inspector) go(`/inspector/${made.inspector.id}`);
  }

  return (
    <>
      <PageHeader
        title="Inspector"
        about="A throw-away receiver: see what would arrive, and try how Warren treats one that fails."
      >
        {hasInspectors && tenant && may('endpoints:write') && (
          <Button
            leftSection={<Icon name="plus" size={16} />}
            loading={isRunning}
            onClick={() => void create()}
          >
            New inspector
          </Button>
        )}
      </PageHeader>
      <Faults faults={faults} />
      {error && <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!data && !error && <RowSkeletons />}
      {data && (
        <div className="panel">
          {data.inspectors.nodes.length === 0 ? (
            <EmptyState icon="eye" title={hasInspectors ? 'No inspector' : 'There are no inspectors here'}>
              {hasInspectors
                ? 'Make one, give its address to an endpoint, and see each request with its signature checked.'
                : 'Who runs this deployment turns them on with WARREN_INSPECTOR=true.'}
            </EmptyState>
          ) : (
            <ul className="plain" aria-label="Inspectors">
              {data.inspectors.nodes.map(({ id, name, url, expiresAt, tenant: owner }) => (
                <li key={id} className="plain-row">
                  <span className="grow">
                    <Link to={`/inspector/${id}`} className="quiet-link main-text">
                      {name}
                    </Link>
                    <span className="side block-line cut mono">
                      {tenant ? '' : `${owner.slug} · `}
                      {url}
                    </span>
                  </span>
                  <span className="side">
                    ends <When at={expiresAt} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </>
  );
}
