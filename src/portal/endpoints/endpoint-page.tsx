import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { Anchor } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { asHeaders } from '../deliveries/as-headers';
import { Charts } from '../overview/charts';
import { PageFailure } from '../parts/states/failure';
import { Mono } from '../parts/values/mono';
import { NotFound } from '../parts/states/not-found';
import { Notice } from '../parts/states/notice';
import { PageHeader } from '../parts/page-header';
import { Details, Panel } from '../parts/panel';
import { percentWords } from '../parts/values/percent';
import { PageSkeleton } from '../parts/states/skeletons';
import { StatusBadge } from '../parts/values/status-badge';
import { durationWords, millisecondsWords } from '../parts/values/time-words';
import { Tiles } from '../parts/tiles';
import { When } from '../parts/values/when';
import { EndpointActions } from './endpoint-actions';
import { ENDPOINT, type EndpointDetail } from './endpoint-detail';
import { FORMAT_WORDS, UNLIMITED_IN_FLIGHT } from './endpoint-values';
import { HealthNotice } from './health-notice';
import { SecretPanel } from './secret-panel';
import { stateOf } from './endpoint-state';
import { Subscriptions } from './subscriptions';
import { TestPanel } from './test-panel';

export default function EndpointPage({ id = '' }: { id?: string }) {
  const [{ data, error }, ask] = useQuery({ query: ENDPOINT, variables: { id } });
  if (error && !data)
    return <PageFailure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!data) return <PageSkeleton />;
  const { endpoint } = data;
  if (!endpoint) return <NotFound what="endpoint" />;
  return (
    <>
      <PageHeader
        title={endpoint.name}
        back={{ to: '/endpoints', label: 'Endpoints' }}
        about={
          <span className="title-line">
            <StatusBadge status={stateOf(endpoint)} />
            <Mono text={endpoint.url} copy="address" />
          </span>
        }
      >
        <EndpointActions endpoint={endpoint} />
      </PageHeader>
      <div className="column">
        {endpoint.disabledReason !== null && <Notice title="Disabled">{endpoint.disabledReason}</Notice>}
        <HealthNotice endpoint={endpoint} />
        <Stats endpoint={endpoint} />
        {endpoint.stats.total > 0 && <Charts series={endpoint.stats.series} isLong height={150} />}
        <div className="two-columns even">
          <div className="column">
            <Subscriptions endpoint={endpoint} />
            <TestPanel endpoint={endpoint} />
          </div>
          <div className="column">
            <Settings endpoint={endpoint} />
            <SecretPanel endpoint={endpoint} />
          </div>
        </div>
      </div>
    </>
  );
}

function Stats({ endpoint: { id, stats } }: { endpoint: EndpointDetail }) {
  const waiting = stats.pending + stats.retrying + stats.held;
  const list = (status: string, text: string) => (
    <Anchor component={Link} to={`/deliveries?endpoint=${id}${status}`} size="sm">
      {text}
    </Anchor>
  );
  return (
    <Tiles
      label="Last 24 hours"
      tiles={[
        { name: 'Deliveries', value: stats.total.toLocaleString(), note: list('', 'See them') },
        {
          name: 'Confirmed',
          value: percentWords(stats.confirmationRate),
          tone: stats.confirmationRate < 0.9 ? 'bad' : undefined,
          note: `${percentWords(stats.failureRate)} of attempts failed`,
        },
        {
          name: 'Time to deliver',
          value: millisecondsWords(stats.latencyMsP50),
          note: `99 of 100 in ${millisecondsWords(stats.latencyMsP99)}`,
        },
        {
          name: 'Waiting',
          value: waiting.toLocaleString(),
          note: `${stats.retrying.toLocaleString()} retrying`,
        },
        {
          name: 'Dead letters',
          value: stats.deadLettered.toLocaleString(),
          tone: stats.deadLettered > 0 ? 'bad' : undefined,
          note: list('&status=DEAD_LETTERED', 'See them'),
        },
      ]}
    />
  );
}

function Settings({ endpoint }: { endpoint: EndpointDetail }) {
  const headers = Object.entries(asHeaders(endpoint.headers));
  return (
    <Panel title="Settings">
      <Details
        rows={[
          ...(endpoint.description === '' ? [] : [['Description', endpoint.description] as [string, string]]),
          ['Id', <Mono key="id" text={endpoint.id} copy="id" />],
          ['Tenant', endpoint.tenant.name],
          ['Body', FORMAT_WORDS[endpoint.payloadFormat]],
          ['Answer within', `${endpoint.timeoutMs / 1000} s`],
          ['Requests a second', endpoint.rateLimitPerSecond?.toString() ?? 'no limit'],
          [
            'Requests at once',
            endpoint.maxInFlight === UNLIMITED_IN_FLIGHT ? 'no limit' : endpoint.maxInFlight.toString(),
          ],
          ['In order', endpoint.ordered ? 'one at a time for each ordering key' : 'no'],
          ['Retries after', endpoint.retrySchedule.map(durationWords).join(', ')],
          ...headers.map(
            ([name, value]) =>
              [
                name,
                <code key={name} className="mono">
                  {value}
                </code>,
              ] as [string, React.ReactNode],
          ),
          ['Made', <When key="made" at={endpoint.createdAt} />],
          ['Changed', <When key="changed" at={endpoint.updatedAt} />],
        ]}
      />
    </Panel>
  );
}
