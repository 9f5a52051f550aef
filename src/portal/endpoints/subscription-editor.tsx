import {
  Button,
  Checkbox,
  Drawer,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState, type SubmitEvent } from 'react';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';
import { Faults } from '../parts/states/faults';
import { useAction } from '../parts/use-action';
import type { Subscription } from './endpoint-detail';
import { EventTypeChoices } from './event-type-choices';
import { SubscriptionPreview } from './subscription-preview';
import { rulesOf, valuesOf, type SubscriptionValues } from './subscription-values';

const CREATE_SUBSCRIPTION = graphql(
  `
    mutation CreateSubscription($input: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(input: $input) {
        webhookSubscription {
          id
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

const UPDATE_SUBSCRIPTION = graphql(
  `
    mutation UpdateSubscription($input: WebhookSubscriptionUpdateInput!) {
      webhookSubscriptionUpdate(input: $input) {
        webhookSubscription {
          id
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

/** How far back a new subscription begins, in milliseconds. */
const BACKFILLS = [
  { value: '', label: 'nothing' },
  { value: '3600000', label: 'of the last hour' },
  { value: '86400000', label: 'of the last day' },
  { value: '604800000', label: 'of the last week' },
];

/** Event types, filter and shape, beside what recent events would become. */
export default function SubscriptionEditor({
  endpointId,
  subscription,
  onClose,
}: {
  endpointId: string;
  /** Null: a new one. */
  subscription: Subscription | null;
  onClose: () => void;
}) {
  const [values, setValues] = useState(() => valuesOf(subscription));
  const creating = useAction(CREATE_SUBSCRIPTION, ['Endpoint']);
  const updating = useAction(UPDATE_SUBSCRIPTION);
  const { rules, filterFault } = useMemo(() => rulesOf(values), [values]);
  const [backfill, setBackfill] = useState('');
  const [enabled, setEnabled] = useState(subscription?.enabled ?? true);
  const [previewed] = useDebouncedValue(rules, 400);
  const field = (name: keyof SubscriptionValues) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [name]: value }));
    },
  });

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (filterFault !== null) return;
    const since =
      backfill === '' ? {} : { backfillSince: new Date(Date.now() - Number(backfill)).toISOString() };
    const done = subscription
      ? await updating.run(
          { input: { id: subscription.id, ...rules, enabled } },
          ({ webhookSubscriptionUpdate }) => webhookSubscriptionUpdate,
        )
      : await creating.run(
          { input: { endpointId, ...rules, ...since } },
          ({ webhookSubscriptionCreate }) => webhookSubscriptionCreate,
        );
    if (done) onClose();
  }

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(1080px, 100%)"
      title={<span className="drawer-title">{subscription ? 'Change the subscription' : 'Subscribe'}</span>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={(event) => void save(event)} noValidate>
        <div className="editor-columns">
          <Stack gap="md">
            <div>
              <TextInput label="Event types" placeholder="order.placed, invoice.*" {...field('eventTypes')} />
              <EventTypeChoices
                chosen={values.eventTypes}
                onChange={(eventTypes) => setValues((before) => ({ ...before, eventTypes }))}
              />
            </div>
            <Textarea
              label="Filter"
              description="An event pattern over type and data, as JSON. Empty: every event of the types."
              placeholder={'{"data": {"total": [{"numeric": [">", 100]}]}}'}
              autosize
              minRows={2}
              classNames={{ input: 'mono' }}
              error={filterFault}
              {...field('filter')}
            />
            <TextInput
              label="Only these fields of data"
              placeholder="orderId, customer.id"
              {...field('includeFields')}
            />
            <Textarea
              label="Transform"
              description="JSONata over the event; what it gives becomes data."
              placeholder={'{ "order": data.orderId }'}
              autosize
              minRows={2}
              classNames={{ input: 'mono' }}
              {...field('transform')}
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label="Version"
                description="What the receiver understands."
                placeholder="always the newest"
                inputMode="numeric"
                {...field('version')}
              />
              {subscription === null && (
                <NativeSelect
                  label="Also send what came before"
                  description="In the background, behind what is new."
                  data={BACKFILLS}
                  value={backfill}
                  onChange={(event) => setBackfill(event.currentTarget.value)}
                />
              )}
            </SimpleGrid>
            {subscription && (
              <Checkbox
                label="On"
                description="Off, it gets nothing until it is on again."
                checked={enabled}
                onChange={(event) => setEnabled(event.currentTarget.checked)}
              />
            )}
            <Faults faults={[...creating.faults, ...updating.faults]} />
            <Group justify="flex-end">
              <Button type="submit" loading={creating.isRunning || updating.isRunning}>
                Save
              </Button>
            </Group>
          </Stack>
          <SubscriptionPreview endpointId={endpointId} rules={previewed} />
        </div>
      </form>
    </Drawer>
  );
}
