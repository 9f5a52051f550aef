import { useQuery } from 'urql';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';
import { CodeBlock } from '../parts/values/code-block';
import { Failure } from '../parts/states/failure';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { shortId } from '../parts/values/mono';
import { prettyJson } from '../parts/values/pretty-json';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import type { Rules } from './subscription-values';

const PREVIEW = graphql(
  `
    query Preview($input: WebhookSubscriptionInput!) {
      webhookSubscriptionPreview(input: $input, last: 10) {
        examined
        matched
        requests {
          matched
          reason
          body
          event {
            id
            type
            receivedAt
          }
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

/** What the newest events would become: the API makes the very requests, and sends none. */
export function SubscriptionPreview({ endpointId, rules }: { endpointId: string; rules: Rules }) {
  const { may } = useViewer();
  const [{ data, error, fetching }] = useQuery({
    query: PREVIEW,
    variables: { input: { endpointId, ...rules } },
    pause: rules.eventTypes.length === 0 || !may('events:read'),
    requestPolicy: 'network-only',
  });
  if (rules.eventTypes.length === 0)
    return <p className="side">Choose event types, and see here what recent events would become.</p>;
  if (error) return <Failure error={error} />;
  const preview = data?.webhookSubscriptionPreview;
  if (!preview) return null;
  return (
    <section aria-label="Preview" aria-busy={fetching}>
      <p className="preview-title main-text">
        {preview.examined === 0
          ? 'No event of these types came lately'
          : `Of the last ${preview.examined} events it would get ${preview.matched}`}
      </p>
      <Faults faults={preview.userErrors} />
      {preview.requests.map(({ matched, reason, body, event }, at) => (
        <details className="preview" key={event?.id ?? at} open={at === 0}>
          <summary>
            <span className={`knob small ${matched ? 'tone-good' : 'tone-mute'}`}>
              <Icon name={matched ? 'check' : 'cross'} size={12} />
            </span>
            <span className="cut">
              {event?.type} <span className="side mono">{event ? shortId(event.id) : ''}</span>
            </span>
            {event && (
              <span className="side">
                <When at={event.receivedAt} />
              </span>
            )}
          </summary>
          {reason !== null && <p className="side">{reason}</p>}
          {body !== '' && <CodeBlock label="Body" text={prettyJson(body)} maxHeight={260} />}
        </details>
      ))}
    </section>
  );
}
