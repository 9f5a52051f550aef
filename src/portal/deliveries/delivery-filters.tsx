import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from 'urql';
import { graphql } from '../graphql/graphql';
import { statusWords } from '../parts/values/status-badge';

export const STATUSES = ['DELIVERED', 'PENDING', 'RETRYING', 'HELD', 'DEAD_LETTERED', 'CANCELLED'] as const;
export type Status = (typeof STATUSES)[number];

export interface Filters {
  status: Status | '';
  endpoint: string;
  type: string;
  within: string;
}

export const WITHIN: Record<string, { label: string; ms: number }> = {
  hour: { label: 'Last hour', ms: 3_600_000 },
  day: { label: 'Last 24 hours', ms: 86_400_000 },
  week: { label: 'Last 7 days', ms: 604_800_000 },
};

const ENDPOINT_NAMES = graphql(`
  query EndpointNames {
    endpoints(first: 250) {
      nodes {
        id
        name
      }
    }
  }
`);

export function useEndpointChoices(): { value: string; label: string }[] {
  const [{ data }] = useQuery({ query: ENDPOINT_NAMES });
  return (data?.endpoints.nodes ?? []).map(({ id, name }) => ({ value: id, label: name }));
}

export function DeliveryFilters({
  filters,
  onChange,
  withTime = true,
}: {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
  withTime?: boolean;
}) {
  const choices = useEndpointChoices();
  return (
    <div className="filters">
      <div className="pills" role="group" aria-label="Status">
        {(['', ...STATUSES] as const).map((status) => (
          <button
            key={status}
            type="button"
            className="pill"
            aria-pressed={filters.status === status}
            onClick={() => onChange({ status })}
          >
            {status === '' ? 'All' : status === 'DEAD_LETTERED' ? 'Dead letters' : statusWords(status)}
          </button>
        ))}
      </div>
      <div className="filter-fields">
        <TextInput
          aria-label="Event type"
          placeholder="Event type"
          value={filters.type}
          onChange={(event) => onChange({ type: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Endpoint"
          value={filters.endpoint}
          onChange={(event) => onChange({ endpoint: event.currentTarget.value })}
          data={[{ value: '', label: 'Every endpoint' }, ...choices]}
        />
        {withTime && (
          <NativeSelect
            aria-label="Received"
            value={filters.within}
            onChange={(event) => onChange({ within: event.currentTarget.value })}
            data={[
              { value: '', label: 'Any time' },
              ...Object.entries(WITHIN).map(([value, { label }]) => ({ value, label })),
            ]}
          />
        )}
      </div>
    </div>
  );
}
