import { PROVIDERS, type Provider } from './providers';

/** Two letters: no logo of somebody else's is needed, nor allowed everywhere. */
export function ProviderMark({ provider }: { provider: Provider }) {
  return (
    <span className="provider-mark" aria-hidden>
      {PROVIDERS[provider].mark}
    </span>
  );
}
