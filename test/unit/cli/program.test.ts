import { makeProgram } from '../../../src/cli/program';

const { commands } = makeProgram();
/** Those that answer with a script, or serve until they are stopped. */
const WITHOUT_JSON = ['api', 'router', 'worker', 'serve', 'completion'];

describe.each(commands.map((command) => [command.name(), command] as const))('warren %s', (name, command) => {
  it('has help that a person can read', () => {
    expect(command.description()).not.toBe('');
    expect(command.helpInformation()).not.toMatch(/\[\]|undefined/);
  });

  if (!WITHOUT_JSON.includes(name))
    it('answers programs in JSON', () => {
      expect(command.options.map(({ long }) => long)).toContain('--json');
    });
});
