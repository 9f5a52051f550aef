import { NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../graphql/graphql';
import { actFor } from '../session/session';
import { useViewer } from '../session/viewer';

const TENANTS = graphql(`
  query Tenants($after: Cursor) {
    tenants(first: 250, after: $after) {
      nodes {
        slug
        name
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

/** More than that is no list to choose from. */
const MAX_PAGES = 8;

interface Choice {
  value: string;
  label: string;
}

/** Operators look at all tenants or act for one. */
export function TenantSwitcher() {
  const { tenant } = useViewer();
  const client = useClient();
  const [choices, setChoices] = useState<Choice[]>([]);
  useEffect(() => {
    let isWanted = true;
    const load = async (): Promise<void> => {
      const found: Choice[] = [];
      let after: string | null = null;
      for (let page = 0; page < MAX_PAGES; page++) {
        const answer: { data?: { tenants: TenantsPage } | undefined } = await client
          .query(TENANTS, { after })
          .toPromise();
        if (!answer.data) break;
        const { nodes, pageInfo } = answer.data.tenants;
        found.push(...nodes.map(({ slug, name }) => ({ value: slug, label: name })));
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      if (isWanted) setChoices(found.sort((a, b) => a.label.localeCompare(b.label)));
    };
    void load();
    return () => {
      isWanted = false;
    };
  }, [client]);
  const own = tenant ? [{ value: tenant.slug, label: tenant.name }] : [];
  return (
    <NativeSelect
      aria-label="Tenant"
      value={tenant?.slug ?? ''}
      onChange={(event) => actFor(event.currentTarget.value || null)}
      data={[{ value: '', label: 'All tenants' }, ...(choices.length > 0 ? choices : own)]}
    />
  );
}

interface TenantsPage {
  nodes: { slug: string; name: string }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}
