ALTER TABLE runs ADD COLUMN trigger_info TEXT DEFAULT '{}' NOT NULL;

ALTER TABLE run_settings ADD COLUMN overriding TEXT DEFAULT '{}' NOT NULL;

ALTER TABLE run_settings ADD COLUMN job_version INTEGER DEFAULT 0 NOT NULL;

ALTER TABLE run_settings ADD COLUMN git_commit TEXT DEFAULT '' NOT NULL;

ALTER TABLE attempts ADD COLUMN outcome TEXT DEFAULT '' NOT NULL;

ALTER TABLE attempts ADD COLUMN iteration INTEGER DEFAULT -1 NOT NULL;

ALTER TABLE attempts ADD COLUMN loop_id BIGINT DEFAULT 0 NOT NULL;

ALTER TABLE attempts ADD COLUMN total INTEGER DEFAULT -1 NOT NULL;

ALTER TABLE attempts ADD COLUMN continues BIGINT DEFAULT 0 NOT NULL;

CREATE INDEX ix_runs_parent ON runs (parent_attempt_id);

CREATE TABLE backfills (
    backfill_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    creator TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    ended_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    cancel_runs BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT pk_backfills PRIMARY KEY (backfill_id),
    CONSTRAINT ck_backfills_state CHECK (state IN ('RUNNING', 'PAUSED', 'CANCELLING', 'CANCELLED', 'DONE')),
    CONSTRAINT ck_backfills_ended CHECK ((state IN ('CANCELLED', 'DONE')) = (ended_ms > 0))
);

CREATE INDEX ix_backfills_active ON backfills (created_ms) WHERE ended_ms = 0;

CREATE INDEX ix_backfills_job ON backfills (job_id, created_ms);

CREATE TABLE backfill_intervals (
    backfill_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    job_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    run_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_backfill_intervals PRIMARY KEY (backfill_id, position),
    CONSTRAINT uq_backfill_intervals_backfill_id_at_ms UNIQUE (backfill_id, at_ms),
    CONSTRAINT ck_backfill_intervals_state CHECK (state IN ('WAITING', 'STARTED', 'SKIPPED', 'CANCELLED', 'DONE')),
    CONSTRAINT fk_backfill_intervals_backfill_id FOREIGN KEY(backfill_id) REFERENCES backfills (backfill_id) ON DELETE CASCADE
);

CREATE INDEX ix_backfill_intervals_job ON backfill_intervals (job_id, at_ms);

CREATE INDEX ix_backfill_intervals_state ON backfill_intervals (backfill_id, state, position);

CREATE TABLE backfill_claims (
    job_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    backfill_id BIGINT NOT NULL,
    CONSTRAINT pk_backfill_claims PRIMARY KEY (job_id, at_ms),
    CONSTRAINT fk_backfill_claims_backfill_id FOREIGN KEY(backfill_id) REFERENCES backfills (backfill_id) ON DELETE CASCADE
);

CREATE TABLE queries (
    query_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    query_text TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_queries PRIMARY KEY (query_id)
);

CREATE INDEX ix_queries_created ON queries (created_ms, query_id);
