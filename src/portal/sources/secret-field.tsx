import { Button, Group, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { CopyTextButton } from '../parts/copy-button';
import { PROVIDERS, makeUpSecret, type Provider } from './providers';

interface SecretFieldProps {
  provider: Provider;
  label?: string;
  value: string;
  onChange: (value: string) => void;
  hasFault: boolean;
}

/** What the provider signs with. Where people think it up themselves, they need not. */
export function SecretField({ provider, label, value, onChange, hasFault }: SecretFieldProps) {
  const { secret } = PROVIDERS[provider];
  const [isVisible, setVisible] = useState(false);

  function makeUp(): void {
    onChange(makeUpSecret(provider));
    // It has to be given to the provider too, so it is no secret from whoever sits here.
    setVisible(true);
  }

  return (
    <div>
      <PasswordInput
        label={label ?? secret.label}
        description={secret.help}
        placeholder={secret.placeholder}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        visible={isVisible}
        onVisibilityChange={setVisible}
        visibilityToggleButtonProps={{ 'aria-label': 'Show what was typed' }}
        error={hasFault}
      />
      {secret.from === 'made-up' && (
        <Group gap="xs" mt={8}>
          <Button variant="default" size="xs" onClick={makeUp}>
            Make one up
          </Button>
          {value !== '' && <CopyTextButton text={value} label="Copy it for the provider" />}
        </Group>
      )}
    </div>
  );
}
