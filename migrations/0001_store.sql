-- The store of custos, written for SQLite. For PostgreSQL the types INTEGER and
-- BLOB are read as BIGINT and BYTEA, and the words STRICT and WITHOUT ROWID are
-- left out; nothing else differs.
--
-- What stands here in clear: chain, n, prev, inner, commitment, kind, times.
-- Everything else of an entry is in "sealed". A "mac" is a keyed digest of the
-- other columns of its row, so that an edit of a clear column is seen.

-- One row: the lock that every writer takes first, and the size of the log.
CREATE TABLE log_head (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size   INTEGER NOT NULL CHECK (size >= 0),
    chains INTEGER NOT NULL CHECK (chains >= 0),
    mac    TEXT    NOT NULL
) STRICT;

-- One row a chain: what it is. Its newest entry is found in entries.
CREATE TABLE chains (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    kind    INTEGER NOT NULL,
    nonce   BLOB    NOT NULL CHECK (length(nonce) = 32),
    case_id TEXT    NOT NULL,
    mac     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX chains_by_case ON chains (case_id, kind, id);

-- One row a case (the organisation is ''): the index of its newest entry that
-- can change a decision.
CREATE TABLE scopes (
    case_id TEXT    NOT NULL PRIMARY KEY,
    decided INTEGER NOT NULL CHECK (decided >= 0)
) STRICT, WITHOUT ROWID;

-- One row an entry. entry_key is its id under a key of the organisation, so that the
-- keys of entries that were made together stand together, while their ids say nothing.
-- sealed is NULL when the entry has been erased. The entries
-- of one request stand together: the entry id of part 0 is its idempotency key, and
-- part 0 has the digest of what was asked, which is NULL in the others. nodes are the hashes of the Merkle
-- subtrees that the entry completes, its leaf first, in the order in which
-- golang.org/x/mod/sumdb/tlog numbers stored hashes; NULL when another engine
-- keeps the tree.
CREATE TABLE entries (
    idx            INTEGER NOT NULL PRIMARY KEY CHECK (idx >= 0),
    chain          BLOB    NOT NULL REFERENCES chains (id) DEFERRABLE INITIALLY DEFERRED,
    n              INTEGER NOT NULL CHECK (n >= 1),
    entry_key      BLOB    NOT NULL CHECK (length(entry_key) = 16),
    kind           TEXT    NOT NULL,
    changes        INTEGER NOT NULL CHECK (changes IN (0, 1)),
    committed_ms   INTEGER NOT NULL,
    prev           BLOB    NOT NULL CHECK (length(prev) = 32),
    inner_digest   BLOB    NOT NULL CHECK (length(inner_digest) = 32),
    commitment     BLOB    NOT NULL CHECK (length(commitment) = 32),
    request_digest BLOB    CHECK (length(request_digest) = 32),
    request_part   INTEGER NOT NULL CHECK (request_part >= 0),
    request_size   INTEGER NOT NULL CHECK (request_size > request_part),
    nodes          BLOB,
    mac            TEXT    NOT NULL,
    sealed         BLOB
) STRICT;

CREATE UNIQUE INDEX entries_by_place ON entries (chain, n);
CREATE UNIQUE INDEX entries_by_id ON entries (entry_key);

-- Facts projected from the entries, every version under the index of the entry
-- that gave it. They can be thrown away and made again.
CREATE TABLE facts (
    case_id    TEXT    NOT NULL,
    collection TEXT    NOT NULL,
    fact_key   TEXT    NOT NULL,
    idx        INTEGER NOT NULL REFERENCES entries (idx) DEFERRABLE INITIALLY DEFERRED,
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (case_id, collection, fact_key, idx)
) STRICT, WITHOUT ROWID;

-- One row an erased entry: the payload-erased entry that ordered it.
CREATE TABLE erasures (
    idx       INTEGER NOT NULL PRIMARY KEY REFERENCES entries (idx) DEFERRABLE INITIALLY DEFERRED,
    by_idx    INTEGER NOT NULL REFERENCES entries (idx) DEFERRABLE INITIALLY DEFERRED,
    erased_ms INTEGER NOT NULL,
    mac       TEXT    NOT NULL
) STRICT;
