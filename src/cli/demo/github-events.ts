import definitions from '@octokit/webhooks-examples';

/** One real GitHub webhook body and the event type it is published under. */
export interface GithubEvent {
  type: string;
  data: object;
}

/** GitHub's event name, and its action where it has one. */
const CHOSEN: readonly (readonly [name: string, action?: string])[] = [
  ['push'],
  ['issues', 'opened'],
  ['pull_request', 'opened'],
  ['star', 'created'],
  ['issue_comment', 'created'],
  ['workflow_run', 'completed'],
  ['release', 'published'],
  ['fork'],
];

/** Eight bodies as GitHub sent them, from the package @octokit/webhooks-examples; `github.<name>[.<action>]`. */
export function githubEvents(): GithubEvent[] {
  return CHOSEN.map(([name, action]) => ({
    type: ['github', name, ...(action === undefined ? [] : [action])].join('.'),
    data: findBody(name, action),
  }));
}

function findBody(name: string, action: string | undefined): object {
  const examples: readonly object[] =
    definitions.find((definition) => definition.name === name)?.examples ?? [];
  const body = examples.find(
    (example) => action === undefined || ('action' in example && example.action === action),
  );
  if (!body) throw new Error(`@octokit/webhooks-examples has no body for ${name} ${action ?? ''}`);
  return body;
}
