/** What one check of `doctor` found. */
export interface Finding {
  readonly state: "ok" | "warn" | "fail";
  readonly says: string;
  /** What to do about it; one line. */
  readonly fix?: string;
}
