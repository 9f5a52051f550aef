import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useLocation } from 'wouter';
import { Faults } from '../parts/states/faults';
import { useAction } from '../parts/use-action';
import { ProviderMark } from './provider-mark';
import { ALL_PROVIDERS, PROVIDERS, defaultPrefix, makeUpSecret, type Provider } from './providers';
import { SecretField } from './secret-field';
import { CREATE_SOURCE } from './source-queries';

/** Provider, secret, name and prefix; then on to its page, which says what to do at the provider. */
export function SourceForm({ tenantId }: { tenantId: string }) {
  const [provider, setProvider] = useState<Provider>('STRIPE');
  const [isLater, setLater] = useState(true);
  const [values, setValues] = useState({ secret: '', name: '', prefix: '' });
  const [, go] = useLocation();
  const { run, faults, isRunning } = useAction(CREATE_SOURCE);
  const guide = PROVIDERS[provider];
  const mayComeLater = guide.secret.from === 'shown-later';
  const set = (change: Partial<typeof values>) => setValues((before) => ({ ...before, ...change }));
  const hasFault = (name: string): boolean => faults.some(({ field }) => field?.at(-1) === name);

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const prefix = values.prefix.trim();
    const input = {
      ...{ tenantId, provider },
      name: values.name.trim() || guide.name,
      signingSecret: mayComeLater && isLater ? makeUpSecret(provider) : values.secret.trim(),
      ...(prefix === '' ? {} : { eventTypePrefix: prefix }),
    };
    const made = await run({ input }, ({ sourceCreate }) => sourceCreate);
    if (made?.source) go(`/sources/${made.source.id}`);
  }

  return (
    <form onSubmit={(event) => void create(event)} noValidate>
      <Stack gap="md">
        <ProviderChoice chosen={provider} onChoose={setProvider} />
        {mayComeLater && (
          <Checkbox
            label="I give the secret later"
            description={`${guide.secret.help} Until then every request is refused.`}
            checked={isLater}
            onChange={(event) => setLater(event.currentTarget.checked)}
          />
        )}
        {!(mayComeLater && isLater) && (
          <SecretField
            key={provider}
            provider={provider}
            value={values.secret}
            onChange={(secret) => set({ secret })}
            hasFault={hasFault('signingSecret')}
          />
        )}
        <TextInput
          label="Name"
          description="What people call it."
          placeholder={guide.name}
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={hasFault('name')}
        />
        <TextInput
          label="Event types begin with"
          description={
            <>
              So they are called{' '}
              <code className="mono">
                {values.prefix.trim() || defaultPrefix(provider)}.{guide.example}
              </code>
            </>
          }
          placeholder={defaultPrefix(provider)}
          value={values.prefix}
          onChange={(event) => set({ prefix: event.currentTarget.value })}
          error={hasFault('eventTypePrefix')}
        />
        <Faults faults={faults} />
        <Group justify="flex-end">
          <Button type="submit" loading={isRunning}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ProviderChoice({ chosen, onChoose }: { chosen: Provider; onChoose: (provider: Provider) => void }) {
  return (
    <fieldset className="providers">
      <legend>Provider</legend>
      {ALL_PROVIDERS.map((provider) => (
        <label className="provider" key={provider}>
          <input
            type="radio"
            name="provider"
            value={provider}
            checked={provider === chosen}
            onChange={() => onChoose(provider)}
            {...(provider === chosen ? { 'data-autofocus': true } : {})}
          />
          <ProviderMark provider={provider} />
          <span>
            <span className="main-text">{PROVIDERS[provider].name}</span>
            <span className="side block-line">{PROVIDERS[provider].about}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
