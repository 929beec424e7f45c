const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Whether `text` may be a mission's name: a letter or digit, then up to 62 of `A-Za-z0-9_.-`. */
export const isMissionName = (text: string): boolean => namePattern.test(text);

/** What `isMissionName` asks for, behind the name of a field. */
export const missionNameWanted = "must be a letter or digit, then up to 62 of A-Za-z0-9_.-";
