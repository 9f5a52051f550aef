import { print } from '@0no-co/graphql.web';
import type { ResultOf } from 'gql.tada';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { useConnection } from '../session/connection';
import { RECEIVED, REQUESTS, SHOWN, type InspectedRequest } from './inspector-queries';

/** What an inspector has received, newest first, and what it receives while one looks. */
export function useRequests(inspectorId: string): readonly InspectedRequest[] {
  const client = useClient();
  const { live } = useConnection();
  const [requests, setRequests] = useState<readonly InspectedRequest[]>([]);

  useEffect(() => {
    let isWanted = true;
    const add = (more: readonly InspectedRequest[]): void => {
      if (isWanted) setRequests((known) => newestOf([...more, ...known]));
    };
    const load = async (): Promise<void> => {
      const { data } = await client
        .query(REQUESTS, { id: inspectorId }, { requestPolicy: 'network-only' })
        .toPromise();
      add(data?.inspector?.requests.nodes ?? []);
    };
    const endWatch = live.subscribe<ResultOf<typeof RECEIVED>>(
      { query: print(RECEIVED), variables: { id: inspectorId } },
      {
        next: ({ data }) => {
          if (data) add([data.inspectorReceived]);
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
    // Whatever came while the connection was away.
    const endConnected = live.on('connected', () => void load());
    void load();
    return () => {
      isWanted = false;
      endWatch();
      endConnected();
    };
  }, [client, live, inspectorId]);
  return requests;
}

/** Ids are in the order of time. */
function newestOf(requests: readonly InspectedRequest[]): InspectedRequest[] {
  const byId = new Map(requests.map((request) => [request.id, request]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, SHOWN);
}
