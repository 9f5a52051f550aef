import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { STATUSES, WITHIN, type Filters, type Status } from './delivery-filters';

/** The filters live in the address, so that a view can be sent to a colleague. */
export function useFilters() {
  const [search, setSearch] = useSearchParams();
  const filters: Filters = {
    status: STATUSES.find((status) => status === search.get('status')) ?? '',
    endpoint: search.get('endpoint') ?? '',
    type: search.get('type') ?? '',
    within: search.get('within') ?? '',
  };
  const change = (changes: Partial<Filters>): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === '') after.delete(name);
          else after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  return { filters, change };
}

interface AskedFilter {
  status?: Status[];
  endpointId?: string;
  types?: string[];
  since?: string;
}

/** What the API is asked for; typing in the field does not ask at each letter. */
export function useAskedFilter({ status, endpoint, type, within }: Filters): AskedFilter {
  const [types] = useDebouncedValue(type.trim(), 300);
  return useMemo(() => {
    const ms = WITHIN[within]?.ms;
    return {
      ...(status === '' ? {} : { status: [status] }),
      ...(endpoint === '' ? {} : { endpointId: endpoint }),
      ...(types === '' ? {} : { types: types.split(/[\s,]+/) }),
      ...(ms === undefined ? {} : { since: new Date(Date.now() - ms).toISOString() }),
    };
  }, [status, endpoint, types, within]);
}
