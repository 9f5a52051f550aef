import type { ResultOf } from 'gql.tada';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { graphql } from '../graphql/graphql';
import { stateOf } from '../endpoints/endpoint-state';
import { EmptyState } from '../parts/states/empty-state';
import { Panel } from '../parts/panel';
import { percentWords } from '../parts/values/percent';
import { StatusBadge } from '../parts/values/status-badge';
import { durationWords } from '../parts/values/time-words';
import { useViewer } from '../session/viewer';

const HEALTH = graphql(`
  query Health {
    endpoints(first: 100) {
      nodes {
        id
        name
        status
        disabledReason
        health {
          circuit
          heldCount
          failingSince
          oldestHeldAt
        }
        stats {
          total
          deadLettered
          failureRate
          confirmationRate
        }
      }
    }
  }
`);

/** Of all attempts of the last day, failed. */
const TOO_MANY = 0.05;

type Watched = ResultOf<typeof HEALTH>['endpoints']['nodes'][number];

/** Endpoints that somebody should look at, the worst first. */
export function Attention() {
  const { may } = useViewer();
  const [{ data }] = useQuery({ query: HEALTH, pause: !may('endpoints:read') });
  if (!data || data.endpoints.nodes.length === 0) return null;
  const found = data.endpoints.nodes
    .map((endpoint) => ({ endpoint, why: whyWatched(endpoint) }))
    .filter(({ why }) => why.length > 0)
    .sort((a, b) => b.endpoint.stats.failureRate - a.endpoint.stats.failureRate);
  return (
    <Panel title={found.length === 0 ? 'Needs attention' : `Needs attention (${found.length})`} flush>
      {found.length === 0 ? (
        <EmptyState icon="check" title="Every endpoint is well">
          What is paused, held back or failing is listed here.
        </EmptyState>
      ) : (
        <ul className="plain">
          {found.slice(0, 20).map(({ endpoint, why }) => (
            <li key={endpoint.id}>
              <Link to={`/endpoints/${endpoint.id}`} className="plain-row wrap">
                <StatusBadge status={badgeOf(endpoint)} />
                <span className="main-text cut grow">{endpoint.name}</span>
                <span className="side">
                  <strong className="reason">{why[0]}</strong>
                  {why.slice(1).map((reason) => ` · ${reason}`)}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Where some requests fail, or deliveries are held, green would say that all is well. */
function badgeOf(endpoint: Watched): string {
  const state = stateOf(endpoint);
  if (state !== 'ACTIVE') return state;
  const { deadLettered, failureRate } = endpoint.stats;
  return deadLettered > 0 || failureRate > TOO_MANY ? 'PARTLY_FAILING' : 'HELD';
}

function whyWatched({ status, disabledReason, health, stats }: Watched): string[] {
  const failing = health.failingSince === null ? null : Date.parse(health.failingSince) - Date.now();
  return [
    ...(status === 'DISABLED' ? [`disabled: ${disabledReason ?? ''}`] : []),
    ...(status === 'PAUSED' ? ['paused'] : []),
    ...(health.circuit === 'CLOSED' ? [] : ['circuit open']),
    ...(failing === null ? [] : [`only failures for ${durationWords(-failing / 1000)}`]),
    ...(health.heldCount > 0 ? [`${health.heldCount.toLocaleString()} held`] : []),
    ...(stats.deadLettered > 0 ? [`${stats.deadLettered.toLocaleString()} dead letters today`] : []),
    ...(stats.failureRate > TOO_MANY ? [`${percentWords(stats.failureRate)} of attempts fail`] : []),
  ];
}
