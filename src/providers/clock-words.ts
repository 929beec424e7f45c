const words =
  /(?:try again|resets?) (?:at|on) (?:([A-Z][a-z]{2,8})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? (?:at )?)?(\d{1,2}):(\d\d) ?([AP])\.?M\b/i;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const halfDayMs = 43_200_000;
// Such a time leaves its seconds out: in the minute that it names the limit is not over yet.
const soonestMs = 1000;

/**
 * The moment that words such as `try again at 5:08 PM` or `try again at Nov 23rd, 2026 5:08 PM` name;
 * null: none. Its minute's beginning, at the earliest a second after it was said. Epoch ms; the
 * agent is believed to live in this process's time zone.
 */
export function clockTimeIn(text: string, heardAt: number): number | null {
  const [, month, day, year, hour = "", minute = "", half = ""] = words.exec(text) ?? [];
  if (hour === "" || Number(hour) < 1 || Number(hour) > 12 || Number(minute) > 59) return null;
  const at = new Date(heardAt);
  if (month !== undefined) {
    const index = months.indexOf(month.slice(0, 3).toLowerCase());
    if (index === -1) return null;
    at.setFullYear(Number(year), index, Number(day));
  }
  at.setHours((Number(hour) % 12) + (half.toUpperCase() === "P" ? 12 : 0), Number(minute), 0, 0);
  // Midnight lay between the saying and the hearing.
  if (month === undefined && at.getTime() < heardAt - halfDayMs) at.setDate(at.getDate() + 1);
  return Math.max(at.getTime(), heardAt + soonestMs);
}
