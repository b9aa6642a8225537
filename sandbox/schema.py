"""The tables: one JSON document per row; the columns used in queries are generated from it by SQLite.

A generated column cannot disagree with its document, and foreign keys on generated columns do the cascades.
Keys that start with an underscore belong to the sandbox and are never part of an answer.
"""

VERSION = 1  # increase it when a table or the seed changes: a database of another version is rebuilt


def _key(path: str) -> str:
    """Return the SQL of a column generated from this key of the document."""
    return f"GENERATED ALWAYS AS (json_extract(document, '$.\"{path}\"')) VIRTUAL"


SCHEMA = f"""
CREATE TABLE account (id INTEGER PRIMARY KEY, document TEXT NOT NULL);

CREATE TABLE data_sources (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    name TEXT {_key("name")} UNIQUE,
    system TEXT {_key("system")}
);

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    data_source_uuid TEXT {_key("data_source_uuid")} REFERENCES data_sources (uuid) ON DELETE CASCADE,
    external_id TEXT {_key("external_id")},
    email TEXT {_key("email")},
    system TEXT {_key("billing-system-type")},
    -- the filter wants Past_Due where the answer says Past Due
    status TEXT COLLATE NOCASE
        GENERATED ALWAYS AS (replace(json_extract(document, '$.status'), ' ', '_')) VIRTUAL,
    -- leads have no date and come last
    since TEXT GENERATED ALWAYS AS (coalesce(json_extract(document, '$."customer-since"'), '~')) VIRTUAL,
    UNIQUE (data_source_uuid, external_id)
);
CREATE INDEX customers_by_since ON customers (since, id);
CREATE INDEX customers_by_source ON customers (data_source_uuid, since, id);
CREATE INDEX customers_by_status ON customers (status, since, id);
CREATE INDEX customers_by_system ON customers (system, since, id);
CREATE INDEX customers_by_external_id ON customers (external_id, since, id);
CREATE INDEX customers_by_email ON customers (email, since, id);

CREATE TABLE plans (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    data_source_uuid TEXT {_key("data_source_uuid")} REFERENCES data_sources (uuid) ON DELETE CASCADE,
    external_id TEXT {_key("external_id")},
    UNIQUE (data_source_uuid, external_id)
);

CREATE TABLE plan_groups (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE
);
CREATE TABLE plan_group_members (
    group_uuid TEXT NOT NULL REFERENCES plan_groups (uuid) ON DELETE CASCADE,
    plan_uuid TEXT NOT NULL REFERENCES plans (uuid) ON DELETE CASCADE,
    PRIMARY KEY (group_uuid, plan_uuid)
);
CREATE INDEX members_by_plan ON plan_group_members (plan_uuid);

CREATE TABLE invoices (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    customer_uuid TEXT {_key("customer_uuid")} REFERENCES customers (uuid) ON DELETE CASCADE,
    data_source_uuid TEXT {_key("_data_source_uuid")} REFERENCES data_sources (uuid) ON DELETE CASCADE,
    external_id TEXT {_key("external_id")},
    valid INTEGER GENERATED ALWAYS AS (coalesce(json_extract(document, '$.errors'), '{{}}') = '{{}}') VIRTUAL,
    UNIQUE (data_source_uuid, external_id)
);
CREATE INDEX invoices_by_validity ON invoices (valid, id);
CREATE INDEX invoices_by_customer ON invoices (customer_uuid, id);
CREATE INDEX invoices_by_external_id ON invoices (external_id, id);

CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    customer_uuid TEXT {_key("customer_uuid")} REFERENCES customers (uuid) ON DELETE CASCADE,
    data_source_uuid TEXT {_key("data_source_uuid")} REFERENCES data_sources (uuid) ON DELETE CASCADE,
    external_id TEXT {_key("external_id")},
    UNIQUE (customer_uuid, data_source_uuid, external_id)
);
CREATE INDEX subscriptions_by_source ON subscriptions (data_source_uuid);

CREATE TABLE line_items (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    invoice_uuid TEXT {_key("_invoice_uuid")} REFERENCES invoices (uuid) ON DELETE CASCADE,
    data_source_uuid TEXT {_key("_data_source_uuid")},
    external_id TEXT {_key("external_id")},
    plan_uuid TEXT {_key("plan_uuid")},
    subscription_uuid TEXT {_key("subscription_uuid")},
    UNIQUE (data_source_uuid, external_id)
);
CREATE INDEX line_items_by_invoice ON line_items (invoice_uuid, id);
CREATE INDEX line_items_by_plan ON line_items (plan_uuid);
CREATE INDEX line_items_by_subscription ON line_items (subscription_uuid);

CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    uuid TEXT {_key("uuid")} UNIQUE,
    invoice_uuid TEXT {_key("_invoice_uuid")} REFERENCES invoices (uuid) ON DELETE CASCADE,
    data_source_uuid TEXT {_key("_data_source_uuid")},
    external_id TEXT {_key("external_id")},
    UNIQUE (data_source_uuid, external_id)
);
CREATE INDEX transactions_by_invoice ON transactions (invoice_uuid, id);
"""
