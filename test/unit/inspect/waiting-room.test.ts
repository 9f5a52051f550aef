import { makeWaitingRoom } from '../../../src/inspect/waiting-room';

it('leaves places to others, however many requests of one tenant wait', () => {
  const room = makeWaitingRoom({ all: 3, tenant: 2 });
  const places = [room.enter('a'), room.enter('a')];
  expect(places).not.toContain(undefined);
  expect(room.enter('a')).toBeUndefined();
  const other = room.enter('b');
  expect(other).toBeDefined();
  expect(room.enter('c')).toBeUndefined();

  other?.();
  expect(room.enter('a')).toBeUndefined();
  places[0]?.();
  expect(room.enter('a')).toBeDefined();
});
