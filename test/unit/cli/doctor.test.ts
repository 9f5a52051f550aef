import { doctor } from '../../../src/cli/doctor/doctor';

const before = { ...process.env };

beforeEach(() => {
  delete process.env.DATABASE_URL;
  delete process.env.AMQP_URL;
});
afterEach(() => {
  process.env = { ...before };
});

it('says that no `up` runs on the folder, and not what an environment needs that nobody wanted to give', async () => {
  await expect(doctor({ data: '/nowhere', json: false })).rejects.toThrow(
    'no `warren up` runs with its data in /nowhere, and the environment names no servers: ' +
      'start one, name its folder with --data, or set DATABASE_URL and AMQP_URL',
  );
});
