import type { App } from '../../app';
import type { Services } from '../../provision/services';

export interface DemoSetting {
  app: App;
  services: Services;
  operatorKey: string;
  /** Folder of this installation's data. */
  dataDir: string;
  /** Aborted when the person presses Ctrl-C. */
  signal: AbortSignal;
}

export async function runDemo(_setting: DemoSetting): Promise<void> {}
