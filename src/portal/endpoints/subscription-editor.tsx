import { Button, Drawer, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState, type SubmitEvent } from 'react';
import { graphql } from '../graphql/graphql';
import { Faults } from '../parts/faults';
import { useAction } from '../parts/use-action';
import { wordsOf } from './endpoint-values';
import { EventTypeChoices } from './event-type-choices';
import { SubscriptionPreview } from './subscription-preview';
import type { Subscription } from './subscriptions';

const CREATE_SUBSCRIPTION = graphql(`
  mutation CreateSubscription($input: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(input: $input) {
      webhookSubscription {
        id
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);

const UPDATE_SUBSCRIPTION = graphql(`
  mutation UpdateSubscription($input: WebhookSubscriptionUpdateInput!) {
    webhookSubscriptionUpdate(input: $input) {
      webhookSubscription {
        id
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);

interface Values {
  eventTypes: string;
  filter: string;
  includeFields: string;
  transform: string;
}

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
  const creating = useAction(CREATE_SUBSCRIPTION);
  const updating = useAction(UPDATE_SUBSCRIPTION);
  const { rules, filterFault } = useMemo(() => rulesOf(values), [values]);
  const [previewed] = useDebouncedValue(rules, 400);
  const field = (name: keyof Values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [name]: value }));
    },
  });

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (filterFault !== null) return;
    const done = subscription
      ? await updating.run(
          { input: { id: subscription.id, ...rules } },
          ({ webhookSubscriptionUpdate }) => webhookSubscriptionUpdate,
        )
      : await creating.run(
          { input: { endpointId, ...rules } },
          ({ webhookSubscriptionCreate }) => webhookSubscriptionCreate,
        );
    if (done) onClose();
  }

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={<span className="drawer-title">{subscription ? 'Change the subscription' : 'Subscribe'}</span>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={(event) => void save(event)} noValidate>
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
          <Faults faults={[...creating.faults, ...updating.faults]} />
          <Group justify="flex-end">
            <Button type="submit" loading={creating.isRunning || updating.isRunning}>
              Save
            </Button>
          </Group>
          <SubscriptionPreview endpointId={endpointId} rules={previewed} />
        </Stack>
      </form>
    </Drawer>
  );
}

export type Rules = ReturnType<typeof rulesOf>['rules'];

function rulesOf(values: Values) {
  const fields = wordsOf(values.includeFields);
  let filter: unknown = null;
  let filterFault: string | null = null;
  try {
    filter = values.filter.trim() === '' ? null : (JSON.parse(values.filter) as unknown);
  } catch (error) {
    filterFault = error instanceof Error ? error.message : 'This is no JSON';
  }
  const rules = {
    eventTypes: wordsOf(values.eventTypes),
    filter,
    includeFields: fields.length > 0 ? fields : null,
    transform: values.transform.trim() || null,
  };
  return { rules, filterFault };
}

function valuesOf(subscription: Subscription | null): Values {
  const filter = subscription?.filter ?? null;
  return {
    eventTypes: subscription?.eventTypes.join(', ') ?? '',
    filter: filter === null ? '' : JSON.stringify(filter, null, 2),
    includeFields: subscription?.includeFields?.join(', ') ?? '',
    transform: subscription?.transform ?? '',
  };
}
