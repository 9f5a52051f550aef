import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import '../styles/event-types.css';
import { SegmentedControl } from '@mantine/core';
import type { ResultOf } from 'gql.tada';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { CodeBlock } from '../parts/values/code-block';
import { PageFailure } from '../parts/states/failure';
import { NotFound } from '../parts/states/not-found';
import { Notice } from '../parts/states/notice';
import { PageHeader } from '../parts/page-header';
import { Details, Panel } from '../parts/panel';
import { PageSkeleton } from '../parts/states/skeletons';
import { TypeMarks, versionForNew } from './type-marks';
import { EVENT_TYPE } from './event-type-queries';
import { SchemaTable } from './schema-table';
import { VersionChanges, type Version } from './version-changes';

type Entry = NonNullable<ResultOf<typeof EVENT_TYPE>['eventType']>;

export default function EventTypePage({ name = '' }: { name?: string }) {
  const [{ data, error }, ask] = useQuery({ query: EVENT_TYPE, variables: { name } });
  const [chosen, setChosen] = useState<number | null>(null);
  if (error && !data)
    return <PageFailure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!data) return <PageSkeleton />;
  const { eventType } = data;
  if (!eventType) return <NotFound what="event type" />;
  const { versions } = eventType;
  const number = chosen ?? versionForNew(versions);
  const version = versions.find((each) => each.version === number);
  return (
    <>
      <PageHeader
        title={eventType.name}
        back={{ to: '/event-types', label: 'Event types' }}
        about={eventType.description || 'Nobody has described it.'}
      >
        {versions.length > 1 && (
          <SegmentedControl
            aria-label="Version"
            value={String(number)}
            onChange={(value) => setChosen(Number(value))}
            data={versions.map((each) => ({ value: String(each.version), label: `v${each.version}` }))}
          />
        )}
      </PageHeader>
      <div className="column">
        {eventType.archived && (
          <Notice tone="warn" title="Archived">
            It takes no new subscribers by name. Who has subscribed goes on getting it.
          </Notice>
        )}
        {version?.deprecated && (
          <Notice tone="warn" title={`Version ${version.version} is deprecated`}>
            What is published without a version takes another, if there is one.
          </Notice>
        )}
        {version && (
          <VersionPanels
            key={version.version}
            version={version}
            before={versions.find((each) => each.version === version.version - 1)}
            entry={eventType}
          />
        )}
      </div>
    </>
  );
}

function VersionPanels(props: { version: Version; before: Version | undefined; entry: Entry }) {
  const { version, before, entry } = props;
  return (
    <div className="two-columns wide-first">
      <div className="column">
        <Panel title={`Data of version ${version.version}`}>
          {version.schema === null || version.schema === undefined ? (
            <p className="side">It has no schema: any JSON fits.</p>
          ) : (
            <>
              <SchemaTable schema={version.schema} before={before?.schema ?? undefined} />
              <details className="raw-schema">
                <summary>JSON Schema</summary>
                <CodeBlock label="Schema" text={JSON.stringify(version.schema, null, 2)} />
              </details>
            </>
          )}
        </Panel>
        <VersionChanges version={version} />
      </div>
      <div className="column">
        <Panel title="Example">
          {version.example === null || version.example === undefined ? (
            <p className="side">No example was given.</p>
          ) : (
            <CodeBlock label="Example" text={JSON.stringify(version.example, null, 2)} />
          )}
        </Panel>
        <Panel title="About it">
          <Details
            rows={[
              ['State', <TypeMarks key="state" entry={entry} />],
              ['Whose', entry.tenant?.name ?? 'shared by all tenants'],
              ['Needs the grant', entry.requiredScope ?? 'none'],
              [
                'What came',
                <Link key="events" to={`/events?type=${encodeURIComponent(entry.name)}`}>
                  its events
                </Link>,
              ],
              [
                'What was sent',
                <Link key="deliveries" to={`/deliveries?type=${encodeURIComponent(entry.name)}`}>
                  its deliveries
                </Link>,
              ],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}
