const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
/** A week at most: its days have names of their own, which are shorter than dates. */
const DAY = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  hour: 'numeric',
  minute: '2-digit',
});

/** A place on the axis of time. @param isLong more than a day */
export const timeWords = (at: string, isLong: boolean): string => (isLong ? DAY : TIME).format(new Date(at));
