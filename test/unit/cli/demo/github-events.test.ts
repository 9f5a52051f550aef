import { githubEvents } from '../../../../src/cli/demo/github-events';
import { isEventType } from '../../../../src/domain/routing/topic-pattern';

describe('the events of the demo', () => {
  test('are eight of GitHub’s real bodies under the types that the three receivers wait for', () => {
    expect(githubEvents().map(({ type }) => type)).toEqual([
      'github.push',
      'github.issues.opened',
      'github.pull_request.opened',
      'github.star.created',
      'github.issue_comment.created',
      'github.workflow_run.completed',
      'github.release.published',
      'github.fork',
    ]);
  });

  test.each(githubEvents())('$type is whole, and fits', ({ type, data }) => {
    expect(isEventType(type)).toBe(true);
    const text = JSON.stringify(data);
    expect(text.length).toBeGreaterThan(1000);
    expect(text.length).toBeLessThan(262_144);
    expect(data).toHaveProperty('repository.full_name');
    const action = type.split('.')[2];
    if (action !== undefined) expect(data).toHaveProperty('action', action);
  });
});
