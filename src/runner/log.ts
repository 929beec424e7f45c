/** What the runner says to whoever keeps the daemon's log; a pino logger fits. */
export interface RunnerLog {
  warn(details: object, message: string): void;
}
