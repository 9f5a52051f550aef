const WORDS: Record<string, string> = {
  DELIVERED: 'Delivered',
  PENDING: 'Pending',
  RETRYING: 'Retrying',
  HELD: 'Held',
  DEAD_LETTERED: 'Dead letter',
  CANCELLED: 'Cancelled',
  ACTIVE: 'Active',
  PAUSED: 'Paused',
  DISABLED: 'Disabled',
  FAILING: 'Failing',
  PARTLY_FAILING: 'Partly failing',
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  RECEIVING: 'Receiving',
  WAITING: 'Waiting',
  REFUSING: 'Refusing',
  SWITCHED_OFF: 'Disabled',
};

/** Which of the six colours a state has. */
const TONES: Record<string, string> = {
  ...{ DELIVERED: 'good', ACTIVE: 'good', COMPLETED: 'good', RECEIVING: 'good' },
  ...{
    PENDING: 'info',
    RUNNING: 'info',
    WAITING: 'info',
    RETRYING: 'warn',
    REFUSING: 'warn',
    PARTLY_FAILING: 'warn',
  },
  ...{ HELD: 'wait', PAUSED: 'wait', SWITCHED_OFF: 'wait' },
  ...{ DEAD_LETTERED: 'bad', DISABLED: 'bad', FAILING: 'bad', FAILED: 'bad', CANCELLED: 'mute' },
};

export const statusWords = (status: string): string => WORDS[status] ?? status;
export const toneOf = (status: string): string => TONES[status] ?? 'mute';

/** The state in words and colour. With `key={status}` it draws attention when it changes. */
export function StatusBadge({ status }: { status: string }) {
  return (
    <span className={`badge tone-${toneOf(status)}`} data-status={status}>
      <span className="dot" />
      {statusWords(status)}
    </span>
  );
}
