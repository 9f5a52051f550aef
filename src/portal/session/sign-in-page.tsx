import { Anchor, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import logo from '../logo.svg';
import { Notice } from '../parts/states/notice';
import { plainSession, start, useFarewell } from './session';

export function SignInPage() {
  const farewell = useFarewell();
  const [key, setKey] = useState('');
  const [fault, setFault] = useState<string | null>(null);

  function signIn(event: SubmitEvent): void {
    event.preventDefault();
    const credential = key.trim();
    // What no header can carry is no key; the browser would refuse to send it.
    if (!/^[\x21-\x7e]+$/.test(credential)) setFault('An API key has letters, digits and signs, no spaces.');
    else start(plainSession(credential));
  }

  return (
    <main className="sign-in">
      <Paper className="sign-in-card" withBorder shadow="md" radius="lg" p={{ base: 'lg', xs: 36 }}>
        <form onSubmit={signIn}>
          <Stack gap="lg">
            <img src={logo} alt="" width={44} height={44} />
            <div>
              <Title order={1} size="h2">
                Sign in to Warren
              </Title>
              <Text c="dimmed" mt={6}>
                See every webhook, why it failed, and send it again.
              </Text>
            </div>
            {(fault ?? farewell) !== null && (
              <Notice role="alert" title="Not signed in">
                {fault ?? farewell}
              </Notice>
            )}
            <PasswordInput
              label="API key"
              placeholder="wrn_…"
              size="md"
              autoFocus
              autoComplete="off"
              spellCheck={false}
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': 'Show what was typed' }}
            />
            <Button type="submit" size="md" fullWidth>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The key stays in this tab. Operators use the operator key; partners get a link or a key of their
              own from whoever runs Warren.{' '}
              <Anchor href="https://www.standardwebhooks.com">Standard Webhooks</Anchor> says how requests are
              signed.
            </Text>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}
