import { createHmac } from 'node:crypto';
import { isSameSecret } from '../domain/is-same-secret';

/** Marks messages that Warren itself made, where producers share the exchange: only they may carry reserved types. */
export interface OriginSeal {
  seal(eventId: string, type: string): string;
  isGenuine(seal: unknown, eventId: unknown, type: string): boolean;
}

/** @param masterKeys the deployment's key ring, newest first; every process of it has the same */
export function makeOriginSeal(masterKeys: readonly string[]): OriginSeal {
  const keys = masterKeys.map((key) => createHmac('sha256', key).update('warren origin seal').digest());
  const make = (key: Buffer, eventId: string, type: string): string =>
    createHmac('sha256', key).update(`${eventId}|${type}`).digest('base64url');
  return {
    seal: (eventId, type) => make(keys[0] ?? Buffer.alloc(0), eventId, type),
    isGenuine(seal, eventId, type) {
      if (typeof seal !== 'string' || typeof eventId !== 'string') return false;
      const given = Buffer.from(seal);
      return keys.some((key) => isSameSecret(given, Buffer.from(make(key, eventId, type))));
    },
  };
}
