import {
  Button,
  Checkbox,
  Collapse,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { Faults, type UserFault } from '../parts/states/faults';
import { EventTypeChoices } from './event-type-choices';
import { FORMAT_WORDS, type EndpointValues, type TextField } from './endpoint-values';

const FORMATS = Object.entries(FORMAT_WORDS).map(([value, label]) => ({ value, label }));

interface FormProps {
  start: EndpointValues;
  /** With what is chosen once, when the endpoint is made. */
  isNew: boolean;
  submit: string;
  faults: readonly UserFault[];
  isBusy: boolean;
  onSubmit: (values: EndpointValues) => void;
  children?: ReactNode;
}

export function EndpointForm({ start, isNew, submit, faults, isBusy, onSubmit, children }: FormProps) {
  const [values, setValues] = useState(start);
  const [isMore, setMore] = useState(!isNew);
  const set = (change: Partial<EndpointValues>) => setValues((before) => ({ ...before, ...change }));
  const field = (name: TextField) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
    error: faults.some((fault) => fault.field?.at(-1) === name),
  });

  function send(event: SubmitEvent): void {
    event.preventDefault();
    onSubmit(values);
  }

  return (
    <form onSubmit={send} noValidate>
      <Stack gap="md">
        {children}
        <TextInput
          label="URL"
          description="Gets each event as a signed POST request."
          placeholder="https://example.com/webhooks"
          type="url"
          data-autofocus
          {...field('url')}
        />
        <TextInput
          label="Name"
          description="What people call it; the host unless given."
          {...field('name')}
        />
        {isNew && (
          <div>
            <TextInput
              label="Event types"
              description="Exact, or with * for one part and # for any: order.placed order.* #"
              placeholder="order.placed, invoice.*"
              {...field('eventTypes')}
            />
            <EventTypeChoices chosen={values.eventTypes} onChange={(eventTypes) => set({ eventTypes })} />
          </div>
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          w="fit-content"
          aria-expanded={isMore}
          onClick={() => setMore(!isMore)}
        >
          {isMore ? 'Fewer settings' : 'More settings'}
        </Button>
        <Collapse expanded={isMore} keepMounted={false}>
          <Stack gap="md">
            <TextInput label="Description" {...field('description')} />
            <NativeSelect label="Body" data={FORMATS} {...field('payloadFormat')} />
            {isNew && (
              <NativeSelect
                label="Signature"
                data={[
                  { value: 'HMAC_SHA256', label: 'HMAC-SHA256, with a shared secret' },
                  { value: 'ED25519', label: 'Ed25519, with a public key' },
                ]}
                {...field('signatureScheme')}
              />
            )}
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md" className="level-fields">
              <TextInput
                label="Answer within"
                description="Seconds, 0.5 to 30."
                inputMode="decimal"
                {...field('timeoutSeconds')}
              />
              <TextInput
                label="Requests a second"
                description="0.01 to 10,000."
                placeholder="no limit"
                inputMode="decimal"
                {...field('rateLimitPerSecond')}
              />
              <TextInput
                label="Requests at once"
                description="1 to 1,000."
                placeholder="no limit"
                inputMode="numeric"
                {...field('maxInFlight')}
              />
            </SimpleGrid>
            <Checkbox
              label="In order"
              description="One request at a time for each ordering key, as published, even through retries."
              checked={values.ordered}
              onChange={(event) => set({ ordered: event.currentTarget.checked })}
            />
            <TextInput
              label="Retry after, in seconds"
              description="One number for each retry; the deployment’s own unless given."
              placeholder="5, 30, 120, 900"
              {...field('retrySchedule')}
            />
            <Textarea
              label="Request headers"
              description="One a line, as X-Tenant: acme"
              autosize
              minRows={2}
              {...field('headers')}
            />
          </Stack>
        </Collapse>
        <Faults faults={faults} />
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
