/** What the system knows of the unit that starts the daemon. */
export interface Standing {
  readonly isInstalled: boolean;
  /** Starts with the machine or the login; null: cannot be told. */
  readonly isEnabled: boolean | null;
  readonly isActive: boolean | null;
  /** Whether it starts at boot, before anybody logs in, and outlives the logout; null: cannot be told. */
  readonly isLingering: boolean | null;
}

/** The part of the system that starts programs for a person: systemd's user instance, or launchd. */
export interface Starter {
  readonly kind: "systemd" | "launchd";
  /** Name of the unit as its own tool wants it. */
  readonly unit: string;
  /** File of the unit. */
  readonly path: string;
  /** What the file has to say. */
  readonly text: string;
  /** Whether the system's own tool answers here. */
  isReachable(): Promise<boolean>;
  /** Makes the written unit start now and from now on. Answers what went wrong, or null. */
  enable(): Promise<string | null>;
  /** Ends it and keeps it from starting; the file stays. Answers what went wrong, or null. */
  disable(): Promise<string | null>;
  /** After the file was removed. */
  forget(): Promise<void>;
  look(): Promise<Standing>;
  /** Command lines that a person has to run where the tool does not answer. */
  readonly byHand: string;
  /** What makes it start at boot without a login; null: nothing is needed or possible. */
  readonly lingerHint: string | null;
}
