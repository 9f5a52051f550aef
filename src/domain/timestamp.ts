/** RFC 3339 section 5.6; the date and time may be parted by a blank, as its note allows. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** False for the 30th of February, which Date takes for the 2nd of March. */
export function isOfCalendar(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || new Date(text.slice(0, 10)).getUTCDate() === day;
}

/** The time, or undefined when the text is none or no column of the database could hold it. */
export function parseTimestamp(text: string): Date | undefined {
  const time = new Date(RFC_3339.test(text) && isOfCalendar(text) ? text : Number.NaN);
  return isStorable(time) ? time : undefined;
}

/** DATETIME holds the years 1000 to 9999; one row beyond them would fail its whole batch. */
export function isStorable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1000 && year <= 9999;
}
