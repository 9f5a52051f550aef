import { MantineProvider } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';
import { Route, Router, Switch } from 'wouter';
import { Shell } from './layout/shell';
import { ErrorBoundary } from './parts/states/error-boundary';
import { NotFound } from './parts/states/not-found';
import { PageSkeleton } from './parts/states/skeletons';
import { ConnectionProvider } from './session/connection';
import { useSession } from './session/session';
import { SignInPage } from './session/sign-in-page';
import { ViewerProvider } from './session/viewer';
import { makeTheme, resolveVariables } from './theme';

/** Each page is loaded when somebody goes there. */
const PAGES: [path: string, Page: ReturnType<typeof lazy>][] = [
  ['/', lazy(() => import('./overview/overview-page'))],
  ['/live', lazy(() => import('./live/live-page'))],
  ['/deliveries', lazy(() => import('./deliveries/deliveries-page'))],
  ['/deliveries/:id', lazy(() => import('./deliveries/delivery-page'))],
  ['/events', lazy(() => import('./events/events-page'))],
  ['/events/:id', lazy(() => import('./events/event-page'))],
  ['/endpoints', lazy(() => import('./endpoints/endpoints-page'))],
  ['/endpoints/:id', lazy(() => import('./endpoints/endpoint-page'))],
  ['/sources', lazy(() => import('./sources/sources-page'))],
  ['/sources/:id', lazy(() => import('./sources/source-page'))],
  ['/event-types', lazy(() => import('./event-types/event-types-page'))],
  ['/event-types/:name', lazy(() => import('./event-types/event-type-page'))],
  ['/replay', lazy(() => import('./replays/replay-page'))],
  ['/inspector', lazy(() => import('./inspector/inspectors-page'))],
  ['/inspector/:id', lazy(() => import('./inspector/inspector-page'))],
  ['/keys', lazy(() => import('./keys/keys-page'))],
  ['/audit', lazy(() => import('./audit/audit-page'))],
];

export function App() {
  const session = useSession();
  const color = session?.look.color ?? null;
  const theme = useMemo(() => makeTheme(color), [color]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolveVariables}
      defaultColorScheme={session?.look.scheme ?? 'auto'}
    >
      {session ? (
        // Another session or tenant begins anew: nothing that the last one saw is left.
        <ConnectionProvider session={session} key={`${session.credential} ${session.tenant ?? ''}`}>
          <Router base="/portal">
            <ViewerProvider>
              <Shell>
                <Pages />
              </Shell>
            </ViewerProvider>
          </Router>
        </ConnectionProvider>
      ) : (
        <SignInPage />
      )}
    </MantineProvider>
  );
}

function Pages() {
  return (
    <Switch>
      {PAGES.map(([path, Page]) => (
        <Route path={path} key={path}>
          {(params) => (
            <ErrorBoundary key={JSON.stringify(params)}>
              <Suspense fallback={<PageSkeleton />}>
                <Page {...params} />
              </Suspense>
            </ErrorBoundary>
          )}
        </Route>
      ))}
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}
