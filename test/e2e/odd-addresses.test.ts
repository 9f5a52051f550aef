import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let origin: string;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_INSPECTOR: 'true' });
  origin = (await warren.start({ WARREN_ROLES: 'api' })).app.url;
}, 60_000);
afterAll(() => warren.end(), 60_000);

const ask = async (path: string, method = 'GET'): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${origin}${path}`, { method });
  expect(response.headers.get('content-type')).not.toContain('html');
  return { status: response.status, text: await response.text() };
};

describe('an address that leads nowhere', () => {
  it('is answered with where things are', async () => {
    for (const path of ['/', '/nope', '/%zz', '/inspect'])
      expect(await ask(path)).toEqual({ status: 404, text: expect.stringContaining('/portal') as string });
  });

  it('tells nothing of the program when it cannot be decoded', async () => {
    const { status, text } = await ask('/portal/%zz');
    expect([status, text]).toEqual([400, 'The request, or its address, cannot be read.\n']);
  });

  it('is no source, and no inspector', async () => {
    for (const path of ['/in/%zz', '/in/src_x/y', '/in']) {
      const { status, text } = await ask(path, 'POST');
      expect([path, status, JSON.parse(text)]).toEqual([
        path,
        404,
        { code: 'UNVERIFIED', message: expect.any(String) as string },
      ]);
    }
    expect(await ask('/inspect/%zz')).toEqual({
      status: 404,
      text: 'There is no inspector at this address, or no longer.\n',
    });
  });
});
