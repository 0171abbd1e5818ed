CREATE TABLE catalogs (
  name TEXT NOT NULL,
  CONSTRAINT pk_catalogs PRIMARY KEY (name),
  CONSTRAINT ck_catalogs_name CHECK (name <> '')
);

CREATE TABLE clusters (
  cluster_id TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  run_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  spec TEXT,
  created_ms BIGINT NOT NULL,
  ready_ms BIGINT NOT NULL,
  ended_ms BIGINT NOT NULL,
  reason TEXT NOT NULL,
  reason_code TEXT NOT NULL,
  pid INTEGER NOT NULL,
  pid_started FLOAT(53) NOT NULL,
  endpoint TEXT NOT NULL,
  tags TEXT NOT NULL,
  CONSTRAINT pk_clusters PRIMARY KEY (cluster_id),
  CONSTRAINT ck_clusters_state CHECK (state IN ('PENDING', 'RUNNING', 'TERMINATING', 'TERMINATED', 'ERROR')),
  CONSTRAINT ck_clusters_ended CHECK ((state IN ('TERMINATED', 'ERROR')) = (ended_ms > 0))
);

CREATE INDEX ix_clusters_alive ON clusters (created_ms) WHERE ended_ms = 0;

CREATE INDEX ix_clusters_run ON clusters (run_id);

CREATE TABLE jobs (
  job_id BIGINT NOT NULL,
  name_folded TEXT NOT NULL,
  creator TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version INTEGER NOT NULL,
  settings TEXT NOT NULL,
  CONSTRAINT pk_jobs PRIMARY KEY (job_id),
  CONSTRAINT ck_jobs_version CHECK (version >= 1)
);

CREATE INDEX ix_jobs_created ON jobs (created_ms, job_id);

CREATE INDEX ix_jobs_name ON jobs (name_folded, created_ms, job_id);

CREATE TABLE meta (
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_meta PRIMARY KEY (key)
);

CREATE TABLE runs (
  run_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  run_type TEXT NOT NULL,
  trigger_type TEXT NOT NULL,
  name TEXT NOT NULL,
  creator TEXT NOT NULL,
  idempotency_token TEXT,
  parent_attempt_id BIGINT,
  cluster_scope BIGINT,
  life_cycle TEXT NOT NULL,
  result TEXT,
  code TEXT,
  message TEXT DEFAULT '' NOT NULL,
  cancelled_or_timed_out BOOLEAN DEFAULT false NOT NULL,
  timeout_ms BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  started_ms BIGINT NOT NULL,
  ended_ms BIGINT NOT NULL,
  listed_ms BIGINT NOT NULL,
  cancel_requested BOOLEAN NOT NULL,
  timed_out BOOLEAN NOT NULL,
  revision BIGINT NOT NULL,
  CONSTRAINT pk_runs PRIMARY KEY (run_id),
  CONSTRAINT ck_runs_life_cycle CHECK (life_cycle IN ('QUEUED', 'PENDING', 'BLOCKED', 'RUNNING', 'WAITING_FOR_RETRY', 'TERMINATING', 'TERMINATED', 'SKIPPED', 'INTERNAL_ERROR')),
  CONSTRAINT ck_runs_result CHECK (result IS NULL OR result IN ('SUCCESS', 'FAILED', 'TIMEDOUT', 'CANCELED', 'MAXIMUM_CONCURRENT_RUNS_REACHED', 'EXCLUDED', 'DISABLED', 'UPSTREAM_FAILED', 'UPSTREAM_CANCELED', 'SUCCESS_WITH_FAILURES')),
  CONSTRAINT ck_runs_ended CHECK ((life_cycle IN ('INTERNAL_ERROR', 'SKIPPED', 'TERMINATED')) = (ended_ms > 0)),
  CONSTRAINT ck_runs_ended_result CHECK ((ended_ms > 0) = (result IS NOT NULL)),
  CONSTRAINT ck_runs_result_code CHECK ((result IS NULL) = (code IS NULL)),
  CONSTRAINT ck_runs_times CHECK (ended_ms >= 0 AND started_ms >= 0 AND created_ms >= 0),
  CONSTRAINT ck_runs_run_type CHECK (run_type IN ('JOB_RUN', 'SUBMIT_RUN', 'WORKFLOW_RUN')),
  CONSTRAINT uq_runs_idempotency_token UNIQUE (idempotency_token)
);

CREATE INDEX ix_runs_active ON runs (ended_ms, listed_ms, run_id) WHERE ended_ms = 0;

CREATE INDEX ix_runs_job_active ON runs (job_id, ended_ms, listed_ms, run_id) WHERE ended_ms = 0;

CREATE INDEX ix_runs_job_listed ON runs (job_id, listed_ms, run_id);

CREATE INDEX ix_runs_listed ON runs (listed_ms, run_id);

CREATE INDEX ix_runs_type_listed ON runs (run_type, listed_ms, run_id);

CREATE TABLE secret_scopes (
  scope TEXT NOT NULL,
  CONSTRAINT pk_secret_scopes PRIMARY KEY (scope)
);

CREATE TABLE tokens (
  token_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  user_name TEXT NOT NULL,
  comment TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  CONSTRAINT pk_tokens PRIMARY KEY (token_id),
  CONSTRAINT uq_tokens_digest UNIQUE (digest)
);

CREATE INDEX ix_tokens_user ON tokens (user_name, created_ms);

CREATE TABLE attempts (
  attempt_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  task_key TEXT NOT NULL,
  number INTEGER NOT NULL,
  repair INTEGER NOT NULL,
  life_cycle TEXT NOT NULL,
  result TEXT,
  code TEXT,
  message TEXT DEFAULT '' NOT NULL,
  cancelled_or_timed_out BOOLEAN DEFAULT false NOT NULL,
  created_ms BIGINT NOT NULL,
  started_ms BIGINT NOT NULL,
  ended_ms BIGINT NOT NULL,
  retry_at_ms BIGINT NOT NULL,
  stop_reason TEXT NOT NULL,
  CONSTRAINT pk_attempts PRIMARY KEY (attempt_id),
  CONSTRAINT ck_attempts_life_cycle CHECK (life_cycle IN ('QUEUED', 'PENDING', 'BLOCKED', 'RUNNING', 'WAITING_FOR_RETRY', 'TERMINATING', 'TERMINATED', 'SKIPPED', 'INTERNAL_ERROR')),
  CONSTRAINT ck_attempts_result CHECK (result IS NULL OR result IN ('SUCCESS', 'FAILED', 'TIMEDOUT', 'CANCELED', 'MAXIMUM_CONCURRENT_RUNS_REACHED', 'EXCLUDED', 'DISABLED', 'UPSTREAM_FAILED', 'UPSTREAM_CANCELED', 'SUCCESS_WITH_FAILURES')),
  CONSTRAINT ck_attempts_ended CHECK ((life_cycle IN ('INTERNAL_ERROR', 'SKIPPED', 'TERMINATED')) = (ended_ms > 0)),
  CONSTRAINT ck_attempts_ended_result CHECK ((ended_ms > 0) = (result IS NOT NULL)),
  CONSTRAINT ck_attempts_result_code CHECK ((result IS NULL) = (code IS NULL)),
  CONSTRAINT ck_attempts_times CHECK (ended_ms >= 0 AND started_ms >= 0 AND created_ms >= 0),
  CONSTRAINT uq_attempts_run_id_position UNIQUE (run_id, position),
  CONSTRAINT uq_attempts_run_id_task_key_number UNIQUE (run_id, task_key, number),
  CONSTRAINT fk_attempts_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE cluster_events (
  event_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
  cluster_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  kind TEXT NOT NULL,
  details TEXT NOT NULL,
  CONSTRAINT pk_cluster_events PRIMARY KEY (event_id),
  CONSTRAINT fk_cluster_events_cluster_id FOREIGN KEY(cluster_id) REFERENCES clusters (cluster_id) ON DELETE CASCADE
);

CREATE INDEX ix_cluster_events_cluster ON cluster_events (cluster_id, event_id);

CREATE TABLE effects (
  effect_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
  run_id BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  body TEXT NOT NULL,
  CONSTRAINT pk_effects PRIMARY KEY (effect_id),
  CONSTRAINT fk_effects_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE INDEX ix_effects_run_body ON effects (run_id, body);

CREATE TABLE job_versions (
  job_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  author TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  settings TEXT NOT NULL,
  CONSTRAINT pk_job_versions PRIMARY KEY (job_id, version),
  CONSTRAINT fk_job_versions_job_id FOREIGN KEY(job_id) REFERENCES jobs (job_id) ON DELETE CASCADE
);

CREATE TABLE repairs (
  repair_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  started_ms BIGINT NOT NULL,
  ended_ms BIGINT NOT NULL,
  life_cycle TEXT,
  result TEXT,
  code TEXT,
  message TEXT DEFAULT '' NOT NULL,
  cancelled_or_timed_out BOOLEAN DEFAULT false NOT NULL,
  attempt_ids TEXT NOT NULL,
  CONSTRAINT pk_repairs PRIMARY KEY (repair_id),
  CONSTRAINT ck_repairs_ended_result CHECK ((ended_ms > 0) = (result IS NOT NULL)),
  CONSTRAINT ck_repairs_life_cycle_result CHECK ((life_cycle IS NULL) = (result IS NULL)),
  CONSTRAINT uq_repairs_run_id_position UNIQUE (run_id, position),
  CONSTRAINT fk_repairs_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE run_events (
  run_id BIGINT NOT NULL,
  seq INTEGER NOT NULL,
  at_ms BIGINT NOT NULL,
  subject TEXT NOT NULL,
  attempt_id BIGINT,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT pk_run_events PRIMARY KEY (run_id, seq),
  CONSTRAINT fk_run_events_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE run_plans (
  run_id BIGINT NOT NULL,
  plan TEXT NOT NULL,
  selection TEXT,
  overriding TEXT NOT NULL,
  CONSTRAINT pk_run_plans PRIMARY KEY (run_id),
  CONSTRAINT fk_run_plans_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE run_settings (
  run_id BIGINT NOT NULL,
  repair INTEGER NOT NULL,
  settings TEXT NOT NULL,
  parameters TEXT NOT NULL,
  CONSTRAINT pk_run_settings PRIMARY KEY (run_id, repair),
  CONSTRAINT fk_run_settings_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE schemas (
  catalog TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT DEFAULT '' NOT NULL,
  comment TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_schemas PRIMARY KEY (catalog, name),
  CONSTRAINT ck_schemas_name CHECK (name <> ''),
  CONSTRAINT fk_schemas_catalog FOREIGN KEY(catalog) REFERENCES catalogs (name)
);

CREATE TABLE secrets (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  updated_ms BIGINT NOT NULL,
  CONSTRAINT pk_secrets PRIMARY KEY (scope, key),
  CONSTRAINT fk_secrets_scope FOREIGN KEY(scope) REFERENCES secret_scopes (scope) ON DELETE CASCADE
);

CREATE TABLE task_values (
  run_id BIGINT NOT NULL,
  task_key TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_task_values PRIMARY KEY (run_id, task_key, key),
  CONSTRAINT fk_task_values_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE outcomes (
  attempt_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  CONSTRAINT pk_outcomes PRIMARY KEY (attempt_id),
  CONSTRAINT fk_outcomes_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempts (attempt_id) ON DELETE CASCADE
);

CREATE TABLE resolved (
  attempt_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  CONSTRAINT pk_resolved PRIMARY KEY (attempt_id),
  CONSTRAINT fk_resolved_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempts (attempt_id) ON DELETE CASCADE
);

CREATE TABLE tables (
  catalog TEXT NOT NULL,
  schema TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  entry TEXT NOT NULL,
  CONSTRAINT pk_tables PRIMARY KEY (catalog, schema, name),
  CONSTRAINT fk_tables_catalog_schema FOREIGN KEY(catalog, schema) REFERENCES schemas (catalog, name),
  CONSTRAINT ck_tables_kind CHECK (kind IN ('MANAGED', 'EXTERNAL', 'VIEW')),
  CONSTRAINT ck_tables_name CHECK (name <> '')
);

INSERT INTO catalogs (name) VALUES ('hive_metastore'), ('main'), ('samples'), ('system'), ('workspace');

INSERT INTO schemas (catalog, name) VALUES ('hive_metastore', 'default'), ('main', 'default'), ('workspace', 'default');

INSERT INTO meta (key, value) VALUES ('oldest_reader', '0001');
