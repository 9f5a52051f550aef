import type fc from 'fast-check';

/** What must hold for whatever comes in at one place, each under its name. */
export type Properties = Record<string, fc.IRawProperty<unknown>>;

export interface FuzzTarget {
  properties: Properties;
  close(): Promise<void>;
}

/** One for each input; opened when it is its turn, so that only who needs a database asks for one. */
export type OpenTarget = () => Promise<FuzzTarget>;

export const withoutServers = (properties: Properties): OpenTarget => {
  return () => Promise.resolve({ properties, close: () => Promise.resolve() });
};
