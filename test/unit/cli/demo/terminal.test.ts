import { makeTerminal, type Terminal } from '../../../../src/cli/demo/terminal';

let written: string;
let stop: AbortController;
beforeEach(() => {
  written = '';
  stop = new AbortController();
});

function terminal(isTTY: boolean, env: NodeJS.ProcessEnv = {}): Terminal {
  return makeTerminal({ stream: { write: (text) => (written += text), isTTY }, env, signal: stop.signal });
}

describe('what the demo writes', () => {
  test('is whole lines, and nothing once it is stopped', () => {
    const { line } = terminal(false);
    line('first');
    line();
    stop.abort();
    line('second');
    expect(written).toBe('  first\n\n');
  });

  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
  ])('on a terminal: %s, with %j, is coloured: %s', (isTTY, env, isColoured) => {
    const { colours, line } = terminal(isTTY, env);
    line(colours.green('ok'));
    expect(written.includes('\u001b[32m')).toBe(isColoured);
  });
});
