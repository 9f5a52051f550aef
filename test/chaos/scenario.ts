import type { Servers } from './deployment';

/** Short: in `npm test`. Long: by `npm run chaos`. */
export type Form = 'short' | 'long';

export interface Surroundings {
  servers: Servers;
  form: Form;
  /** Progress, for people. */
  report: (step: string) => void;
}

export interface ScenarioResult {
  figures: Record<string, unknown>;
  /** What is not as promised; empty: passed. */
  faults: string[];
}

export type Scenario = (surroundings: Surroundings) => Promise<ScenarioResult>;
