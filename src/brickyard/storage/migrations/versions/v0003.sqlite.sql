ALTER TABLE tokens ADD COLUMN kind TEXT DEFAULT 'PERSONAL' NOT NULL;

ALTER TABLE tokens ADD COLUMN run_id BIGINT DEFAULT 0 NOT NULL;

CREATE INDEX ix_tokens_run ON tokens (run_id);

ALTER TABLE runs ADD COLUMN run_as TEXT DEFAULT '' NOT NULL;

ALTER TABLE clusters ADD COLUMN owner TEXT DEFAULT '' NOT NULL;

CREATE TABLE principals (
    principal_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_principals PRIMARY KEY (principal_id),
    CONSTRAINT ck_principals_kind CHECK (kind IN ('USER', 'GROUP', 'SERVICE_PRINCIPAL')),
    CONSTRAINT ck_principals_name CHECK (name <> ''),
    CONSTRAINT uq_principals_kind_name UNIQUE (kind, name)
);

CREATE TABLE members (
    group_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (group_id, member_id),
    CONSTRAINT ck_members_itself CHECK (group_id <> member_id),
    CONSTRAINT fk_members_group_id FOREIGN KEY(group_id) REFERENCES principals (principal_id) ON DELETE CASCADE,
    CONSTRAINT fk_members_member_id FOREIGN KEY(member_id) REFERENCES principals (principal_id) ON DELETE CASCADE
);

CREATE INDEX ix_members_member ON members (member_id);

CREATE TABLE client_secrets (
    secret_id TEXT NOT NULL,
    principal_id BIGINT NOT NULL,
    digest TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    CONSTRAINT pk_client_secrets PRIMARY KEY (secret_id),
    CONSTRAINT uq_client_secrets_digest UNIQUE (digest),
    CONSTRAINT fk_client_secrets_principal_id FOREIGN KEY(principal_id) REFERENCES principals (principal_id) ON DELETE CASCADE
);

CREATE INDEX ix_client_secrets_principal ON client_secrets (principal_id);

CREATE TABLE acl_entries (
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    principal_kind TEXT NOT NULL,
    principal TEXT NOT NULL,
    level TEXT NOT NULL,
    CONSTRAINT pk_acl_entries PRIMARY KEY (object_type, object_id, principal_kind, principal),
    CONSTRAINT ck_acl_entries_principal_kind CHECK (principal_kind IN ('USER', 'GROUP', 'SERVICE_PRINCIPAL'))
);

CREATE INDEX ix_acl_entries_principal ON acl_entries (principal, object_type, principal_kind, object_id);

CREATE TABLE audit_log (
    event_id INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    action TEXT NOT NULL,
    request TEXT NOT NULL,
    object TEXT NOT NULL,
    status INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    request_id TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    details TEXT NOT NULL,
    CONSTRAINT pk_audit_log PRIMARY KEY (event_id)
);

CREATE INDEX ix_audit_log_at ON audit_log (at_ms, event_id);

CREATE INDEX ix_audit_log_user ON audit_log (user_name, event_id);

CREATE TABLE all_purpose_clusters (
    cluster_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    state_message TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL,
    pinned BOOLEAN NOT NULL,
    starts INTEGER NOT NULL,
    CONSTRAINT pk_all_purpose_clusters PRIMARY KEY (cluster_id),
    CONSTRAINT ck_all_purpose_clusters_state CHECK (state IN ('PENDING', 'RUNNING', 'RESTARTING', 'RESIZING', 'TERMINATING', 'TERMINATED', 'ERROR'))
);

CREATE INDEX ix_all_purpose_clusters_created ON all_purpose_clusters (created_ms, cluster_id);

CREATE TABLE all_purpose_events (
    event_id INTEGER NOT NULL,
    cluster_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL,
    CONSTRAINT pk_all_purpose_events PRIMARY KEY (event_id),
    CONSTRAINT fk_all_purpose_events_cluster_id FOREIGN KEY(cluster_id) REFERENCES all_purpose_clusters (cluster_id) ON DELETE CASCADE
);

CREATE INDEX ix_all_purpose_events_cluster ON all_purpose_events (cluster_id, event_id);

CREATE TABLE cluster_libraries (
    cluster_id TEXT NOT NULL,
    library TEXT NOT NULL,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    messages TEXT NOT NULL,
    CONSTRAINT pk_cluster_libraries PRIMARY KEY (cluster_id, library),
    CONSTRAINT fk_cluster_libraries_cluster_id FOREIGN KEY(cluster_id) REFERENCES all_purpose_clusters (cluster_id) ON DELETE CASCADE
);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    document_id TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    sealed BLOB,
    CONSTRAINT pk_documents PRIMARY KEY (kind, document_id)
);

CREATE INDEX ix_documents_name ON documents (kind, name);

CREATE TABLE statements (
    statement_id TEXT NOT NULL,
    warehouse_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_statements PRIMARY KEY (statement_id),
    CONSTRAINT ck_statements_state CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'CLOSED'))
);

CREATE INDEX ix_statements_created ON statements (created_ms);
