import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import '../styles/sources.css';
import { useQuery } from 'urql';
import { CodeBlock } from '../parts/values/code-block';
import { Mono } from '../parts/values/mono';
import { NotFound } from '../parts/states/not-found';
import { Notice } from '../parts/states/notice';
import { PageFailure } from '../parts/states/failure';
import { PageHeader } from '../parts/page-header';
import { Details, Panel } from '../parts/panel';
import { PageSkeleton } from '../parts/states/skeletons';
import { StatusBadge } from '../parts/values/status-badge';
import { useAgain } from '../parts/use-again';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { PROVIDERS } from './providers';
import { SourceActions } from './source-actions';
import { SOURCE, type SourceDetail } from './source-detail';
import { SourceEvents } from './source-events';
import { SourceSecret } from './source-secret';
import { refusalOf, sourceStateOf } from './source-state';

/** Somebody may sit here and wait for the provider's first request. */
const LOOK_EVERY_MS = 3000;

export default function SourcePage({ id = '' }: { id?: string }) {
  const { may } = useViewer();
  const [{ data, error }, ask] = useQuery({ query: SOURCE, variables: { id } });
  const refresh = () => ask({ requestPolicy: 'network-only' });
  useAgain(LOOK_EVERY_MS, refresh);
  if (error && !data) return <PageFailure error={error} onRetry={refresh} />;
  if (!data) return <PageSkeleton />;
  const { source } = data;
  if (!source) return <NotFound what="source" />;
  const state = sourceStateOf(source);
  return (
    <>
      <PageHeader
        title={source.name}
        back={{ to: '/sources', label: 'Sources' }}
        about={
          <span className="title-line">
            <StatusBadge status={state} key={state} />
            <span>{PROVIDERS[source.provider].name}</span>
            <Mono text={source.id} copy="id" />
          </span>
        }
      >
        <SourceActions source={source} />
      </PageHeader>
      <div className="column">
        <StateNotice source={source} />
        <div className="two-columns even">
          <div className="column">
            <Connect source={source} />
            {may('sources:write') && <SourceSecret source={source} />}
          </div>
          <div className="column">
            <Facts source={source} />
            {may('events:read') && <SourceEvents prefix={source.eventTypePrefix} />}
          </div>
        </div>
      </div>
    </>
  );
}

/** What keeps requests from being taken, if anything does. */
function StateNotice({ source }: { source: SourceDetail }) {
  const state = sourceStateOf(source);
  const refusal = refusalOf(source);
  if (state === 'SWITCHED_OFF')
    return (
      <Notice tone="warn" title="It is disabled">
        <p>Requests are answered with 403, so that the provider tries again later.</p>
      </Notice>
    );
  if (state !== 'REFUSING' || !refusal) return null;
  return (
    <Notice tone="warn" title="The last request was refused">
      <p>The reason: {refusal.why}.</p>
      <p>{refusal.advice}</p>
    </Notice>
  );
}

/** What to do at the provider. */
function Connect({ source: { url, provider } }: { source: SourceDetail }) {
  const { name, steps, note } = PROVIDERS[provider];
  return (
    <Panel title={`Connect ${name}`}>
      <CodeBlock label="Address" text={url} />
      <ol className="connect-steps">
        {steps.map(([where, what], at) => (
          <li key={where}>
            <span className="knob tone-info" aria-hidden>
              {at + 1}
            </span>
            <span>
              <strong>{where}</strong>: {what}
            </span>
          </li>
        ))}
      </ol>
      {note !== undefined && <p className="side connect-note">{note}</p>}
    </Panel>
  );
}

function Facts({ source }: { source: SourceDetail }) {
  const { lastReceivedAt, lastRefusedAt, eventTypePrefix, tenant, createdAt } = source;
  return (
    <Panel title="Requests">
      <Details
        rows={[
          ['Last taken', lastReceivedAt === null ? 'none yet' : <When key="received" at={lastReceivedAt} />],
          [
            'Last refused',
            lastRefusedAt === null ? (
              'none'
            ) : (
              <>
                <When at={lastRefusedAt} />: {refusalOf(source)?.why}
              </>
            ),
          ],
          ['To get its events', <Mono key="types" text={`${eventTypePrefix}.#`} copy="pattern" />],
          ['Tenant', tenant.name],
          ['Made', <When key="made" at={createdAt} />],
        ]}
      />
    </Panel>
  );
}
