import { createContext, use, type ReactNode } from 'react';
import { useQuery } from 'urql';
import { PageFailure } from '../parts/states/failure';
import { PageSkeleton } from '../parts/states/skeletons';
import { graphql } from '../graphql/graphql';

const VIEWER = graphql(`
  query Viewer {
    viewer {
      isOperator
      hasInspectors
      scopes
      tenant {
        id
        slug
        name
      }
    }
  }
`);

export interface Viewer {
  isOperator: boolean;
  /** The tenant acted for; null: all of them. */
  tenant: { id: string; slug: string; name: string } | null;
  may: (scope: string) => boolean;
  /** Whether the deployment has inspectors. */
  hasInspectors: boolean;
}

const ViewerContext = createContext<Viewer | null>(null);

/** Who is signed in. Only below ViewerProvider. */
export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (!viewer) throw new Error('useViewer outside of ViewerProvider');
  return viewer;
}

export function ViewerProvider({ children }: { children: ReactNode }) {
  const [{ data, error }, retry] = useQuery({ query: VIEWER });
  if (!data) {
    return (
      <main className="page">
        {error ? (
          <PageFailure error={error} onRetry={() => retry({ requestPolicy: 'network-only' })} />
        ) : (
          <PageSkeleton />
        )}
      </main>
    );
  }
  const { isOperator, hasInspectors, scopes, tenant } = data.viewer;
  const viewer: Viewer = { isOperator, hasInspectors, tenant, may: (scope) => scopes.includes(scope) };
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}
