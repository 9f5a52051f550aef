import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { Anchor, Skeleton } from '@mantine/core';
import type { ResultOf } from 'gql.tada';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { askEventData } from '../graphql/ask-exactly';
import { graphql } from '../graphql/graphql';
import { CodeBlock } from '../parts/values/code-block';
import { PageFailure } from '../parts/states/failure';
import { Icon } from '../parts/icon';
import { Mono } from '../parts/values/mono';
import { NotFound } from '../parts/states/not-found';
import { PageHeader } from '../parts/page-header';
import { Details, Panel } from '../parts/panel';
import { PageSkeleton } from '../parts/states/skeletons';
import { StatusBadge } from '../parts/values/status-badge';
import { withLocalTimes } from '../parts/values/time-words';
import { When } from '../parts/values/when';
import { useConnection } from '../session/connection';
import { resultWords } from '../../words/result-words';
import { withoutGone } from '../../words/routing-words';

const EVENT = graphql(`
  query Event($id: ID!) {
    event(id: $id) {
      id
      type
      version
      timestamp
      receivedAt
      orderingKey
      idempotencyKey
      tenant {
        name
      }
      deliveries(first: 100) {
        nodes {
          id
          status
          attemptCount
          lastError
          endpoint {
            name
          }
        }
      }
    }
  }
`);

/** Apart: it needs scopes that somebody who may see the event may not have. */
const ROUTING = graphql(`
  query Routing($id: ID!) {
    event(id: $id) {
      id
      routing {
        matched
        reason
        endpoint {
          id
          name
        }
        subscription {
          id
          eventTypes
        }
      }
    }
  }
`);

export default function EventPage({ id = '' }: { id?: string }) {
  const [{ data, error }, ask] = useQuery({ query: EVENT, variables: { id } });
  if (error && !data?.event)
    return <PageFailure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!data) return <PageSkeleton />;
  const { event } = data;
  if (!event) return <NotFound what="event" />;
  return (
    <>
      <PageHeader
        title={event.type}
        back={{ to: '/events', label: 'Events' }}
        about={
          <span className="title-line">
            <Mono text={event.id} copy="id" />
          </span>
        }
      />
      <div className="two-columns even">
        <div className="column">
          <Payload id={event.id} />
          <Panel title="About it">
            <Details
              rows={[
                ['Tenant', event.tenant.name],
                ['Version', String(event.version)],
                ['Happened', <When key="at" at={event.timestamp} />],
                ['Received', <When key="received" at={event.receivedAt} />],
                ['Idempotency key', event.idempotencyKey ?? 'none'],
                ['Ordering key', event.orderingKey ?? 'none'],
              ]}
            />
          </Panel>
        </div>
        <div className="column">
          <Deliveries nodes={event.deliveries.nodes} />
          <Routing id={event.id} />
        </div>
      </div>
    </>
  );
}

function Payload({ id }: { id: string }) {
  const { session } = useConnection();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let isWanted = true;
    askEventData(session, id)
      .then((data) => isWanted && setText(data ?? 'It is no longer on record.'))
      .catch(() => isWanted && setText('It could not be loaded.'));
    return () => {
      isWanted = false;
    };
  }, [session, id]);
  return (
    <Panel title="Data">
      {text === null ? <Skeleton height={140} /> : <CodeBlock label="Data" text={text} maxHeight={560} />}
    </Panel>
  );
}

type EventDeliveries = NonNullable<ResultOf<typeof EVENT>['event']>['deliveries']['nodes'];

function Deliveries({ nodes }: { nodes: EventDeliveries }) {
  return (
    <Panel title="Deliveries" flush>
      {nodes.length === 0 && <p className="side padded">It went to nobody.</p>}
      <ul className="plain">
        {nodes.map(({ id, status, endpoint, attemptCount, lastError }) => (
          <li key={id}>
            <Link to={`/deliveries/${id}`} className="plain-row wrap">
              <StatusBadge status={status} />
              <span className="cut grow">{endpoint.name}</span>
              <span className="side cut">
                {lastError === null ? '' : `${resultWords(lastError)} · `}
                {attemptCount === 1 ? '1 attempt' : `${attemptCount} attempts`}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Why each endpoint did or did not get it, by the settings that routed it. */
function Routing({ id }: { id: string }) {
  const [{ data, error }] = useQuery({ query: ROUTING, variables: { id } });
  if (error) return null;
  const { told, rest } = withoutGone(data?.event?.routing ?? []);
  return (
    <Panel title="Why it went where it went" flush>
      {told.length === 0 && <p className="side padded">There was no endpoint that it could go to.</p>}
      <ul className="plain">
        {told.map(({ matched, reason, endpoint, subscription }, at) => (
          <li key={`${endpoint.id} ${subscription?.id ?? at}`} className="plain-row">
            <span className={`knob small ${matched ? 'tone-good' : 'tone-mute'}`}>
              <Icon name={matched ? 'check' : 'cross'} size={12} />
            </span>
            <span className="grow">
              <Anchor component={Link} to={`/endpoints/${endpoint.id}`} size="sm">
                {endpoint.name}
              </Anchor>
              <span className="side block-line">{withLocalTimes(reason)}</span>
            </span>
            <span className="side">{matched ? 'for it' : 'not for it'}</span>
          </li>
        ))}
      </ul>
      {rest && <p className="side padded">{rest} before the event.</p>}
    </Panel>
  );
}
