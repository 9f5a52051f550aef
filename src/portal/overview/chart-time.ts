const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** A place on the axis of time. @param isLong more than a day */
export const timeWords = (at: string, isLong: boolean): string => (isLong ? DAY : TIME).format(new Date(at));
