/** One step a version; a released step is never changed. `PRAGMA user_version` counts them. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE missions (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    parent        TEXT,
    created_at    INTEGER NOT NULL,
    spec          TEXT NOT NULL,
    status        TEXT NOT NULL,
    is_final      INTEGER NOT NULL DEFAULT 0,
    wish          TEXT,
    reason        TEXT,
    waiting_for   TEXT,
    until         INTEGER,
    attempt       INTEGER NOT NULL DEFAULT 1,
    restarts      INTEGER NOT NULL DEFAULT 0,
    history       TEXT,
    retry_at      INTEGER,
    started_at    INTEGER,
    ended_at      INTEGER,
    exit_code     INTEGER,
    signal        TEXT,
    os_pid        INTEGER,
    last_activity INTEGER,
    session_id    TEXT,
    usage         TEXT
  ) STRICT;
  CREATE INDEX missions_by_end  ON missions (is_final, ended_at);
  CREATE INDEX missions_by_name ON missions (name, created_at);
  CREATE INDEX missions_by_parent ON missions (parent) WHERE parent IS NOT NULL;

  CREATE TABLE attempts (
    mission    TEXT NOT NULL REFERENCES missions (id) ON DELETE CASCADE,
    attempt    INTEGER NOT NULL,
    os_pid     INTEGER,
    started_at INTEGER,
    ended_at   INTEGER,
    uptime_ms  INTEGER,
    exit_code  INTEGER,
    signal     TEXT,
    reason     TEXT,
    note       TEXT,
    leftovers  TEXT,
    PRIMARY KEY (mission, attempt)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    type    TEXT NOT NULL,
    mission TEXT,
    attempt INTEGER,
    data    TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_mission ON events (mission, seq);

  CREATE TABLE hooks (
    name          TEXT PRIMARY KEY,
    cursor        INTEGER NOT NULL,
    delivered     INTEGER NOT NULL DEFAULT 0,
    tries         INTEGER NOT NULL DEFAULT 0,
    retry_at      INTEGER,
    last_error    TEXT,
    last_error_at INTEGER,
    process       TEXT
  ) STRICT;

  CREATE TABLE dead_deliveries (
    hook       TEXT NOT NULL REFERENCES hooks (name) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    event      TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    error      TEXT NOT NULL,
    time       INTEGER NOT NULL,
    is_revived INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (hook, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pools (
    name       TEXT PRIMARY KEY,
    slots      INTEGER NOT NULL,
    paused     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT;
  `,
  // Wall times alone would let a clock that is set while no daemon runs move a backoff. A restart
  // counts once it happens; before, one that was only waited for had been counted already.
  `
  ALTER TABLE missions ADD COLUMN timing TEXT;
  UPDATE missions SET restarts = restarts - 1 WHERE restarts > 0 AND (status = 'restarting' OR status = 'queued' AND attempt > 1);
  `,
  `
  ALTER TABLE missions ADD COLUMN budget TEXT;

  -- What agents used outlives their missions.
  CREATE TABLE turns (
    mission            TEXT NOT NULL,
    attempt            INTEGER NOT NULL,
    turn               INTEGER NOT NULL,
    time               INTEGER NOT NULL,
    name               TEXT NOT NULL,
    parent             TEXT,
    account            TEXT NOT NULL,
    provider           TEXT NOT NULL,
    model              TEXT,
    input_tokens       INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    cost_usd           REAL,
    PRIMARY KEY (mission, attempt, turn)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX turns_by_time ON turns (time);
  CREATE INDEX turns_by_parent ON turns (parent, mission) WHERE parent IS NOT NULL;

  CREATE TABLE accounts (
    name    TEXT PRIMARY KEY,
    until   INTEGER,
    strikes INTEGER NOT NULL
  ) STRICT;
  `,
  // No table changes, but an older Overmind has to keep away: it looks for attempts in directories, and would take one
  // whose files lie beside the others for one that never started, and start it again.
  "SELECT 1;",
  `
  CREATE TABLE steps (
    id      INTEGER PRIMARY KEY,
    mission TEXT NOT NULL,
    step    TEXT NOT NULL,
    history TEXT NOT NULL,
    UNIQUE (mission, step)
  ) STRICT;
  INSERT INTO steps (mission, step, history)
    SELECT missions.id, known.key, known.value
    FROM missions, json_each(missions.history, '$.pipeline.steps') AS known
    WHERE missions.history IS NOT NULL;
  UPDATE missions SET history = json_set(history, '$.pipeline.steps', json('{}'))
    WHERE json_extract(history, '$.pipeline') IS NOT NULL;
  `,
  // An attempt after a limit, a pause or a takeover is no restart: its number alone does not tell.
  "ALTER TABLE attempts ADD COLUMN restarts INTEGER;",
];
