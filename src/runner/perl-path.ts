import { existsSync } from "node:fs";

/** The system's own perl, not one that a version manager puts before it. */
export const perlPath = (): string => (existsSync("/usr/bin/perl") ? "/usr/bin/perl" : "perl");
